from components.positional import view

view.page()
