from components.team.admin.page import admin

admin()
