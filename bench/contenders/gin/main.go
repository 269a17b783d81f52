// POST /api/calls as a Go service would have it: validated by gin's binding, one durable insert by pgx, then 201.
package main

import (
	"context"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v4/pgxpool"
)

type newCall struct {
	ID              string  `json:"id" binding:"required,uuid"`
	ClientID        string  `json:"client_id" binding:"required,uuid"`
	CallerPhone     string  `json:"caller_phone" binding:"max=64"`
	CallerName      string  `json:"caller_name" binding:"max=200"`
	DurationSeconds float64 `json:"duration_seconds" binding:"gte=0,lte=2678400"`
	STTLatencyMS    int     `json:"stt_latency_ms" binding:"gte=0,lte=3600000"`
	LLMLatencyMS    int     `json:"llm_latency_ms" binding:"gte=0,lte=3600000"`
	TTSLatencyMS    int     `json:"tts_latency_ms" binding:"gte=0,lte=3600000"`
	Transcript      string  `json:"transcript" binding:"max=524288"`
	Sentiment       string  `json:"sentiment" binding:"omitempty,oneof=POSITIVE NEUTRAL NEGATIVE"`
	Success         *bool   `json:"success"`
	RecordingURL    *string `json:"recording_url" binding:"omitempty,max=2048"`
	Notes           *string `json:"notes" binding:"omitempty,max=16384"`
}

type loggedCall struct {
	ID        string    `json:"id"`
	ClientID  string    `json:"client_id"`
	CreatedAt time.Time `json:"created_at"`
}

const insert = `
	INSERT INTO call_gin (
		id, client_id, caller_phone, caller_name, duration_seconds, stt_latency_ms, llm_latency_ms, tts_latency_ms,
		transcript, sentiment, success, recording_url, notes)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
	RETURNING created_at`

func logCall(pool *pgxpool.Pool) gin.HandlerFunc {
	return func(c *gin.Context) {
		call := newCall{Sentiment: "NEUTRAL"}
		if err := c.ShouldBindJSON(&call); err != nil {
			c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
			return
		}
		success := call.Success == nil || *call.Success
		var createdAt time.Time
		err := pool.QueryRow(
			c.Request.Context(), insert, call.ID, call.ClientID, call.CallerPhone, call.CallerName, call.DurationSeconds,
			call.STTLatencyMS, call.LLMLatencyMS, call.TTSLatencyMS, call.Transcript, call.Sentiment, success,
			call.RecordingURL, call.Notes,
		).Scan(&createdAt)
		if err != nil {
			log.Print(err)
			c.JSON(http.StatusServiceUnavailable, gin.H{"error": "The database is away."})
			return
		}
		c.JSON(http.StatusCreated, gin.H{"call": loggedCall{call.ID, call.ClientID, createdAt.UTC()}})
	}
}

func main() {
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	pool, err := pgxpool.Connect(stop, os.Getenv("BENCH_DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.Recovery())
	router.POST("/api/calls", logCall(pool))
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("BENCH_PORT"))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: router, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-stop.Done()
		_ = server.Shutdown(context.Background())
	}()
	if err := server.Serve(listener); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}
