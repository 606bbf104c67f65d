from components.team.admin.view import admin

admin()
