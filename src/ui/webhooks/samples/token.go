package main

import (
	"crypto/subtle"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	token := os.Getenv("WEBHOOK_TOKEN")
	if token == "" {
		log.Fatal("WEBHOOK_TOKEN is not set")
	}
	expected := []byte("{prefix}" + token)
	http.HandleFunc("/webhooks", func(w http.ResponseWriter, r *http.Request) {
		given := []byte(r.Header.Get("{header}"))
		body, err := io.ReadAll(r.Body)
		if err != nil || subtle.ConstantTimeCompare(expected, given) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		log.Printf("%s", body)
		w.WriteHeader(http.StatusNoContent)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
