"""MongoDB behind the kernel's ports. Only this package and `shared/kernel/admin.py` speak to the driver."""
