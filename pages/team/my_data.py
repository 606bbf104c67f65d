from components.team.my_data import my_data

my_data()
