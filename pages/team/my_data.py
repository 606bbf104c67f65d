from components.team.my_data.view import my_data

my_data()
