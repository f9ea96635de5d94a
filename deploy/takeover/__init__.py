"""What a group brings along beside its roster 期初数据: balances of accounts, running hardship files, open cases."""
