import Foundation

/// pgvector's files for a server of a test: Debian 12 has no package of it, but an old wheel on PyPI carries one that was
/// built for the same version of PostgreSQL.
package enum VectorExtension {
    /// PostgreSQL 15 with pgvector 0.5.1; later ones are of PostgreSQL 16.
    private static let wheel = "pgserver==0.0.9"

    /// Nil where it cannot run, with the reason.
    package static let obstacle: String? = {
        guard TemporaryPostgres.binaries.hasSuffix("/postgresql/15/bin") else {
            return "pgvector was built for PostgreSQL 15"
        }
        let processor = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        return processor.contains(" avx2 ") ? nil : "pgvector was built for a processor with AVX2"
    }()

    /// - Returns: a folder with the library and the files beside it.
    package static func files() async throws -> String {
        let environment = PythonEnvironment(name: "pgvector", packages: [], lastFile: "bin/pip")
        let folder = try await environment.prepared()
        let script = """
            set -e
            exec 9>"$1.lock"
            flock 9
            [ ! -e "$1/files/vector.control" ] || exit 0
            rm -rf "$1/files" "$1/wheel"
            mkdir -p "$1/files" "$1/wheel"
            "$1/bin/pip" download --disable-pip-version-check --quiet --no-deps --only-binary=:all: \\
                --platform manylinux2014_x86_64 --python-version 311 --implementation cp --abi cp311 -d "$1/wheel" "$2"
            "$1/bin/python3" - "$1" <<'END'
            import glob, os, sys, zipfile
            folder = sys.argv[1]
            wheel = zipfile.ZipFile(glob.glob(folder + "/wheel/*.whl")[0])
            wanted = [n for n in wheel.namelist()
                      if n.endswith("/lib/postgresql/vector.so") or "/share/postgresql/extension/vector" in n]
            for name in sorted(wanted, key=lambda n: n.endswith(".control")):
                with open(os.path.join(folder, "files", os.path.basename(name)), "wb") as file:
                    file.write(wheel.read(name))
            END
            rm -rf "$1/wheel"
            """
        try await TemporaryPostgres.onThread {
            try PythonEnvironment.run(script, [folder, wheel])
        }
        return folder + "/files"
    }
}

/// A copy of Debian's server in a folder of its own, which finds its files beside itself: so it has an extension that the
/// machine's own server has not.
enum ServerCopy {
    static func binaries(in folder: String) -> String { folder + "/server/lib/postgresql/15/bin" }

    /// - Parameter files: a library and what belongs into the folder of extensions.
    static func make(in folder: String, with files: String) throws {
        let script = """
            set -e
            mkdir -p "$1/lib/postgresql/15/lib" "$1/share/postgresql"
            cp -r /usr/lib/postgresql/15/bin "$1/lib/postgresql/15/"
            cp /usr/lib/postgresql/15/lib/*.so /usr/lib/postgresql/15/lib/*.bc "$1/lib/postgresql/15/lib/"
            cp -rL /usr/share/postgresql/15 "$1/share/postgresql/"
            cp "$2"/*.so "$1/lib/postgresql/15/lib/"
            cp "$2"/*.control "$2"/*.sql "$1/share/postgresql/15/extension/"
            chmod -R a+rX "$1"
            """
        try TemporaryPostgres.run(["/bin/sh", "-c", script, "sh", folder + "/server", files])
    }
}
