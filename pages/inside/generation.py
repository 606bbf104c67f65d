from components.generation import view

view.page()
