from components.attention import view

view.page()
