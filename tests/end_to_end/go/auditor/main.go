// An auditor's own program: it believes nothing but a public key, and uses nothing of ours. It takes the
// log's checkpoint, its tiles and its entries over HTTP, proves that each entry is in the tree that was
// signed, and that the tree extends an old checkpoint.
//
//	auditor -url http://127.0.0.1:8080/audit -key NAME+ID+KEY -token FILE [-old FILE]
package main

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8
const tileWidth = 1 << tileHeight

type auditor struct {
	url, token string
	tiles      map[string][]byte
}

func (a *auditor) get(path string) ([]byte, error) {
	request, err := http.NewRequest("GET", a.url+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(path, "tile/entries/") {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}

// What tlog asks of whoever reads tiles for it. Its paths have the tiles' height, those of tlog-tiles do not.
func (a *auditor) Height() int { return tileHeight }

func (a *auditor) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		if _, known := a.tiles[path]; !known {
			bytes, err := a.get(path)
			if err != nil {
				return nil, err
			}
			a.tiles[path] = bytes
		}
		all = append(all, a.tiles[path])
	}
	return all, nil
}

func (a *auditor) SaveTiles([]tlog.Tile, [][]byte) {}

func (a *auditor) checkpoint(verifier note.Verifier) (*log.Checkpoint, error) {
	signed, err := a.get("checkpoint")
	if err != nil {
		return nil, err
	}
	checkpoint, _, _, err := log.ParseCheckpoint(signed, verifier.Name(), verifier)
	return checkpoint, err
}

func treeOf(checkpoint *log.Checkpoint) tlog.Tree {
	tree := tlog.Tree{N: int64(checkpoint.Size)}
	copy(tree.Hash[:], checkpoint.Hash)
	return tree
}

func (a *auditor) entries(size int64) ([][]byte, error) {
	var all [][]byte
	for first := int64(0); first < size; first += tileWidth {
		width := min(tileWidth, size-first)
		tile := tlog.Tile{H: tileHeight, L: -1, N: first / tileWidth, W: int(width)}
		bundle, err := a.get(strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1))
		if err != nil {
			return nil, err
		}
		for count := int64(0); count < width; count++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return nil, errors.New("a bundle ends too early")
			}
			length := int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:2+length])
			bundle = bundle[2+length:]
		}
		if len(bundle) != 0 {
			return nil, errors.New("a bundle goes on behind its entries")
		}
	}
	return all, nil
}

// By two implementations each, which have been written without knowing of one another.
func proveEntry(checkpoint *log.Checkpoint, hashes tlog.HashReader, index int64, entry []byte) error {
	path, err := tlog.ProveRecord(int64(checkpoint.Size), index, hashes)
	if err != nil {
		return err
	}
	tree := treeOf(checkpoint)
	if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return err
	}
	hasher := rfc6962.DefaultHasher
	leaf := hasher.HashLeaf(entry)
	return proof.VerifyInclusion(hasher, uint64(index), checkpoint.Size, leaf, plain(path), checkpoint.Hash)
}

func proveGrowth(checkpoint, old *log.Checkpoint, hashes tlog.HashReader) error {
	before, now := treeOf(old), treeOf(checkpoint)
	path, err := tlog.ProveTree(now.N, before.N, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(path, now.N, now.Hash, before.N, before.Hash); err != nil {
		return err
	}
	hasher := rfc6962.DefaultHasher
	return proof.VerifyConsistency(hasher, old.Size, checkpoint.Size, plain(path), old.Hash, checkpoint.Hash)
}

func plain(hashes []tlog.Hash) [][]byte {
	all := [][]byte{}
	for _, hash := range hashes {
		all = append(all, append([]byte{}, hash[:]...))
	}
	return all
}

func run() error {
	url := flag.String("url", "", "the log's prefix")
	key := flag.String("key", "", "the public key")
	token := flag.String("token", "", "a file with the token for entries")
	old := flag.String("old", "", "a file with an old checkpoint")
	flag.Parse()
	secret, err := os.ReadFile(*token)
	if err != nil {
		return err
	}
	a := &auditor{url: *url, token: strings.TrimSpace(string(secret)), tiles: map[string][]byte{}}
	verifier, err := note.NewVerifier(*key)
	if err != nil {
		return err
	}
	checkpoint, err := a.checkpoint(verifier)
	if err != nil {
		return err
	}
	hashes := tlog.TileHashReader(treeOf(checkpoint), a)
	entries, err := a.entries(int64(checkpoint.Size))
	if err != nil {
		return err
	}
	for index, entry := range entries {
		if err := proveEntry(checkpoint, hashes, int64(index), entry); err != nil {
			return fmt.Errorf("position %d: %w", index+1, err)
		}
	}
	if *old != "" {
		signed, err := os.ReadFile(*old)
		if err != nil {
			return err
		}
		before, _, _, err := log.ParseCheckpoint(signed, verifier.Name(), verifier)
		if err != nil {
			return err
		}
		if err := proveGrowth(checkpoint, before, hashes); err != nil {
			return fmt.Errorf("the old checkpoint: %w", err)
		}
		fmt.Printf("extends %d\n", before.Size)
	}
	fmt.Printf("proved %d\n", checkpoint.Size)
	if len(entries) > 0 {
		fmt.Printf("%s\n", entries[len(entries)-1])
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "auditor:", err)
		os.Exit(1)
	}
}
