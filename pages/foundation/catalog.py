from components.foundation import view

view.page()
