// An OpenID provider that is not ours: github.com/zitadel/oidc with its own login page and users, plus groups.
// Arguments: address to listen at, client id, client secret, redirect URI.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// withGroups tells at the UserInfo endpoint in which group the first user is.
type withGroups struct{ *storage.Storage }

func (s withGroups) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, token, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, token, subject, origin); err != nil {
		return err
	}
	if subject == "id1" {
		info.AppendClaims("groups", []string{"quay viewers"})
	}
	return nil
}

func main() {
	address, id, secret, redirect := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	listener, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	issuer := "http://" + listener.Addr().String()
	storage.RegisterClients(storage.WebClient(id, secret, redirect))
	users := storage.NewStorage(storage.NewUserStore(issuer))
	router := exampleop.SetupServer(issuer, withGroups{users}, slog.New(slog.DiscardHandler), false)
	fmt.Println(issuer)
	panic(http.Serve(listener, router))
}
