"""The roster 组织与会员名册 of a group: read from a workbook, or made up; brought in through the services' API."""
