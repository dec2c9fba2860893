import { notesApp } from './notes.ts'

notesApp().listen(Number(process.env.PORT ?? 3000))
