using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Testing.Network;
using Npgsql;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>
/// A PostgreSQL server of our own: a free port, a folder that is thrown away, no system service. It sorts texts as English does, which no order of
/// ours may depend on. Where the tests are root it runs as its package's user, for it does not run as root.
/// </summary>
internal sealed class PrivatePostgres : IAsyncDisposable
{
    public const string User = "edgeflora";
    public const string Password = "a secret of the tests";

    private const string Administrator = "administrator";
    private const string PackageUser = "postgres";
    private const string Certificate = "server.crt";
    private const string Key = "server.key";

    private static readonly string? Programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin"))
            .LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
        : null;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edgeflora-postgres-");
    private readonly int port = FreePorts.Take(1)[0];
    private readonly ConcurrentQueue<string> words = [];
    private bool speaksTls;
    private Process? server;
    private int databases;

    private PrivatePostgres()
    {
    }

    /// <summary>Why there is none here; null: there is.</summary>
    public static string? Missing => Programs is null ? "no PostgreSQL: install the package postgresql" : null;

    /// <summary>Speaks TLS where it is given a certificate and its key, both PEM.</summary>
    public static async Task<PrivatePostgres> StartNewAsync(CancellationToken stop, (string Certificate, string Key)? pem = null)
    {
        var postgres = new PrivatePostgres { speaksTls = pem is not null };
        string password = postgres.In("password");
        await File.WriteAllTextAsync(password, Password, stop);
        if (pem is var (certificate, key))
        {
            await File.WriteAllTextAsync(postgres.In(Certificate), certificate, stop);
            await File.WriteAllTextAsync(postgres.In(Key), key, stop);
            await postgres.DoAsync("chmod", ["600", postgres.In(Key)], stop);
        }

        if (Environment.IsPrivilegedProcess)
        {
            await postgres.DoAsync("chown", ["-R", $"{PackageUser}:", postgres.folder.FullName], stop);
        }

        await postgres.DoAsync(
            Path.Combine(Programs!, "initdb"),
            [
                "-D", postgres.Data, "-U", Administrator, "--auth=scram-sha-256", $"--pwfile={password}", "--encoding=UTF8", "--locale=C",
                "--locale-provider=icu", "--icu-locale=en", "--no-sync",
            ],
            stop);
        await postgres.StartAsync(stop);
        await postgres.DoAsync($"CREATE ROLE {User} LOGIN PASSWORD '{Password}'");
        return postgres;
    }

    public async Task StartAsync(CancellationToken stop)
    {
        // A system that crashes takes the folder with it: nothing need be on the disk.
        server = Start(
            Path.Combine(Programs!, "postgres"),
            [
                "-D", Data, "-p", port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1", "-c",
                $"unix_socket_directories={folder.FullName}", "-c", "fsync=off", "-c", "full_page_writes=off",
                .. speaksTls ? (string[])["-c", "ssl=on", "-c", $"ssl_cert_file={In(Certificate)}", "-c", $"ssl_key_file={In(Key)}"] : [],
            ]);
        await LimitedWait.UntilAsync(() => AnswersAsync(stop), Describe, "PostgreSQL takes connections");
    }

    private async Task<bool> AnswersAsync(CancellationToken stop)
    {
        try
        {
            await using NpgsqlConnection ready = await OpenAsync("postgres", stop);
            return true;
        }
        catch (NpgsqlException) when (!server!.HasExited)
        {
            return false;
        }
        catch (NpgsqlException none)
        {
            await server!.WaitForExitAsync(stop);
            throw new InvalidOperationException($"PostgreSQL ended with exit code {server.ExitCode}. {Describe()}", none);
        }
    }

    /// <summary>What its programs said last.</summary>
    private string Describe() => $"It said: {string.Join(" | ", words.TakeLast(20))}";

    /// <summary>Ends the server: every connection is broken off, what is committed is kept.</summary>
    public async Task StopAsync(CancellationToken stop)
    {
        await DoAsync("kill", ["-INT", server!.Id.ToString(CultureInfo.InvariantCulture)], stop);
        await server.WaitForExitAsync(stop);
        server.Dispose();
        server = null;
    }

    /// <summary>Makes a database that belongs to <see cref="User"/>.</summary>
    public async Task<PostgresOptions> NewDatabaseAsync(string? ending = null)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref databases)}");
        await DoAsync($"CREATE DATABASE {name} OWNER {User} TEMPLATE template0 {ending}");
        return OptionsOf(name);
    }

    public PostgresOptions OptionsOf(string database, string user = User, string password = Password) =>
        PostgresOptions.Read(Url(database, user, password), "EDGEFLORA_STORE");

    /// <summary>With the password, as the environment may hold it.</summary>
    public string Url(string database, string user = User, string password = Password) =>
        string.Create(CultureInfo.InvariantCulture, $"postgres://{user}:{Uri.EscapeDataString(password)}@127.0.0.1:{port}/{database}");

    /// <summary>Does something as the server's administrator.</summary>
    public async Task DoAsync(string sql, string database = "postgres")
    {
        await using NpgsqlConnection connection = await OpenAsync(database, CancellationToken.None);
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Asks something as the server's administrator.</summary>
    public async Task<object?> AskAsync(string sql, string database)
    {
        await using NpgsqlConnection connection = await OpenAsync(database, CancellationToken.None);
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (server is { HasExited: false })
        {
            await StopAsync(CancellationToken.None);
        }

        folder.Delete(recursive: true);
    }

    private string Data => In("data");

    private string In(string name) => Path.Combine(folder.FullName, name);

    private async Task<NpgsqlConnection> OpenAsync(string database, CancellationToken stop)
    {
        var place = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Database = database,
            Username = Administrator,
            Password = Password,
            Pooling = false,
            GssEncryptionMode = GssEncryptionMode.Disable,
        };
        var connection = new NpgsqlConnection(place.ConnectionString);
        await connection.OpenAsync(stop);
        return connection;
    }

    private async Task DoAsync(string program, string[] arguments, CancellationToken stop)
    {
        bool isOurs = program.StartsWith('/');
        using Process process = isOurs ? Start(program, arguments) : Process.Start(program, arguments);
        await process.WaitForExitAsync(stop);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with exit code {process.ExitCode}. {Describe()}");
        }
    }

    private Process Start(string program, string[] arguments)
    {
        string[] whole = Environment.IsPrivilegedProcess
            ? ["setpriv", $"--reuid={PackageUser}", $"--regid={PackageUser}", "--clear-groups", "--", program, .. arguments]
            : [program, .. arguments];
        var start = new ProcessStartInfo(whole[0]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (string argument in whole[1..])
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Add(string? line)
        {
            if (!string.IsNullOrEmpty(line))
            {
                words.Enqueue(line);
            }
        }
    }
}
