from components.embeddings import view

view.page()
