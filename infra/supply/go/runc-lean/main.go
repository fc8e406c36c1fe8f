// Command runc-lean stands between a container engine and runc on machines where even root lacks CAP_SYS_RESOURCE:
// it takes that capability, and a negative out-of-memory score, out of what runc is asked for, then becomes runc.
// Without it no privileged container starts there ("unable to apply caps: operation not permitted").
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const missing = "CAP_SYS_RESOURCE"

// value returns what one of the flags is set to, as `--flag value` or `--flag=value`.
func value(args []string, flags ...string) string {
	for i, arg := range args {
		for _, flag := range flags {
			if arg == flag && i+1 < len(args) {
				return args[i+1]
			}
			if strings.HasPrefix(arg, flag+"=") {
				return strings.TrimPrefix(arg, flag+"=")
			}
		}
	}
	return ""
}

func contains(args []string, word string) bool {
	for _, arg := range args {
		if arg == word {
			return true
		}
	}
	return false
}

// lighten edits a process of the OCI runtime specification.
func lighten(process map[string]any) {
	sets, _ := process["capabilities"].(map[string]any)
	for name, set := range sets {
		capabilities, _ := set.([]any)
		kept := []any{}
		for _, capability := range capabilities {
			if capability != missing {
				kept = append(kept, capability)
			}
		}
		sets[name] = kept
	}
	if score, ok := process["oomScoreAdj"].(json.Number); ok && strings.HasPrefix(score.String(), "-") {
		process["oomScoreAdj"] = 0
	}
}

// rewrite edits the process that `pick` finds in the JSON document, and leaves every other value as it is.
func rewrite(path string, pick func(map[string]any) map[string]any) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	document := map[string]any{}
	decoder := json.NewDecoder(file)
	// limits may exceed what a float holds exactly
	decoder.UseNumber()
	err = decoder.Decode(&document)
	file.Close()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	process := pick(document)
	if process == nil {
		return nil
	}
	lighten(process)
	content, err := json.Marshal(document)
	if err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

func runc() string {
	for _, path := range []string{"/usr/sbin/runc", "/usr/bin/runc", "/usr/local/sbin/runc", "/usr/local/bin/runc"} {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	path, _ := exec.LookPath("runc")
	return path
}

func run(args []string) error {
	var err error
	switch process := value(args, "--process", "-p"); {
	case contains(args, "create") || contains(args, "run"):
		bundle := value(args, "--bundle", "-b")
		if bundle == "" {
			bundle = "."
		}
		err = rewrite(filepath.Join(bundle, "config.json"), func(document map[string]any) map[string]any {
			found, _ := document["process"].(map[string]any)
			return found
		})
	case contains(args, "exec") && process != "":
		err = rewrite(process, func(document map[string]any) map[string]any { return document })
	}
	if err != nil {
		return err
	}
	target := runc()
	if target == "" {
		return fmt.Errorf("runc is not installed")
	}
	return syscall.Exec(target, append([]string{"runc"}, args...), os.Environ())
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "runc-lean:", err)
		os.Exit(1)
	}
}
