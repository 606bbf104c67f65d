from components.embeddings.views import page

page.page()
