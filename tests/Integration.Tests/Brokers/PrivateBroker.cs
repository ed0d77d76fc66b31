using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace EdgeFlora.Integration.Tests.Brokers;

/// <summary>A RabbitMQ server of our own: free ports, a folder that is thrown away, no root, no system service.</summary>
internal sealed class PrivateBroker : IAsyncDisposable
{
    // The script in /usr/sbin changes the user and asks for root; this one runs as whoever starts it.
    public const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private const string ControlProgram = "/usr/lib/rabbitmq/bin/rabbitmqctl";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edgeflora-broker-");
    private readonly int port = FreePort();
    private readonly int distributionPort = FreePort();
    private readonly int epmdPort = FreePort();
    private readonly int tlsPort = FreePort();
    private readonly int managementPort = FreePort();
    private bool speaksTls;
    private bool isManaged;
    private Process? server;

    /// <summary>Virtual hosts made at the first start.</summary>
    public static readonly string[] VirtualHosts =
    [
        "chunks", "enrolment", "experiments", "figures", "fleet", "queues", "ranks", "reconnect", "refusals", "rounds", "service", "slow",
        "spec", "tls",
    ];

    public string Url(string virtualHost) => string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{port}/{virtualHost}");

    public int Port => port;

    public int TlsPort => tlsPort;

    /// <summary>Of the management API, from the first start after <see cref="UseManagement"/>.</summary>
    public Uri Management => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{managementPort}"));

    public string In(string file) => Path.Combine(folder.FullName, file);

    /// <summary>From its next start on the server speaks TLS too, on a port beside, with this certificate.</summary>
    public void UseCertificate((string Certificate, string Key) pem, string? clientAuthority = null)
    {
        Write("server.pem", pem.Certificate);
        Write("server.key", pem.Key);
        Write("clients.pem", clientAuthority ?? pem.Certificate);
        speaksTls = true;
    }

    /// <summary>From its next start on the server has its management API.</summary>
    public void UseManagement() => isManaged = true;

    public async Task StartAsync(CancellationToken stop)
    {
        Write("enabled_plugins", isManaged ? "[rabbitmq_management]." : "[].");
        Write("env.conf", "");
        Write(
            "rabbitmq.conf",
            $"load_definitions = {Path.Combine(folder.FullName, "definitions.json")}\nlog.file.level = "
                + $"warning\n{(speaksTls ? Tls() : "")}{(isManaged ? Managed() : "")}");
        Write("definitions.json", $$"""
            {"rabbit_version":"3.10.0",
             "users":[{"name":"guest","password":"guest","tags":"administrator"}],
             "vhosts":[{"name":"/"},{{string.Join(',', VirtualHosts.Select(v => $$"""{"name":"{{v}}"}"""))}}],
             "permissions":[{{string.Join(',', VirtualHosts.Append("/").Select(v => $$"""{"user":"guest","vhost":"{{v}}","configure":".*","write":".*","read":".*"}"""))}}]}
            """);
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in Environment())
        {
            start.Environment[name] = value;
        }

        server = Process.Start(start) ?? throw new InvalidOperationException($"{Program} did not start.");
        server.OutputDataReceived += (_, _) => { };
        server.ErrorDataReceived += (_, _) => { };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        await AnswersAsync(stop);
    }

    /// <summary>Ends the server in good order: everything is on the disk.</summary>
    public async Task StopAsync(CancellationToken stop)
    {
        using (Process term = Process.Start("kill", ["-TERM", File.ReadAllText(Path.Combine(folder.FullName, "pid")).Trim()]))
        {
            await term.WaitForExitAsync(stop);
        }

        await server!.WaitForExitAsync(stop);
        server.Dispose();
        server = null;
    }

    /// <summary>Ends the server at once, as a power cut would.</summary>
    public async Task KillAsync()
    {
        if (server is { HasExited: false })
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }

        server?.Dispose();
        server = null;
    }

    /// <summary>Names of all queues and exchanges of a virtual host, as the broker itself tells them.</summary>
    public async Task<IReadOnlyList<string>> HoldsAsync(string virtualHost, CancellationToken stop) =>
        [.. await ListAsync("list_queues", virtualHost, stop), .. await ListAsync("list_exchanges", virtualHost, stop)];

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        // The port mapper outlives the server it was started by.
        var end = new ProcessStartInfo("epmd")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "-port", epmdPort.ToString(CultureInfo.InvariantCulture), "-kill" },
        };
        using (Process? epmd = Process.Start(end))
        {
            await (epmd?.WaitForExitAsync() ?? Task.CompletedTask);
        }

        folder.Delete(recursive: true);
    }

    private async Task<string[]> ListAsync(string what, string virtualHost, CancellationToken stop)
    {
        var start = new ProcessStartInfo(ControlProgram)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "-q", "-p", virtualHost, what, "name" },
        };
        foreach ((string name, string value) in Environment())
        {
            start.Environment[name] = value;
        }

        using Process control = Process.Start(start) ?? throw new InvalidOperationException($"{ControlProgram} did not start.");
        Task<string> wrong = control.StandardError.ReadToEndAsync(stop);
        string output = await control.StandardOutput.ReadToEndAsync(stop);
        await control.WaitForExitAsync(stop);
        return control.ExitCode == 0
            ? output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : throw new InvalidOperationException($"{ControlProgram} {what}: exit code {control.ExitCode}: {await wrong}");
    }

    private string Tls() => string.Create(CultureInfo.InvariantCulture, $"""
        listeners.ssl.1 = 127.0.0.1:{tlsPort}
        ssl_options.cacertfile = {In("clients.pem")}
        ssl_options.certfile = {In("server.pem")}
        ssl_options.keyfile = {In("server.key")}
        ssl_options.verify = verify_peer
        ssl_options.fail_if_no_peer_cert = false

        """);

    private string Managed() =>
        string.Create(CultureInfo.InvariantCulture, $"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {managementPort}\n");

    private async Task AnswersAsync(CancellationToken stop)
    {
        var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = port, AutomaticRecoveryEnabled = false };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                await using IConnection connection = await factory.CreateConnectionAsync(limit.Token);
                return;
            }
            catch (RabbitMQ.Client.Exceptions.BrokerUnreachableException) when (!limit.IsCancellationRequested)
            {
                if (server!.HasExited)
                {
                    throw new InvalidOperationException($"{Program} ended with exit code {server.ExitCode}.");
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), limit.Token);
            }
        }
    }

    private Dictionary<string, string> Environment()
    {
        string At(string name) => Path.Combine(folder.FullName, name);
        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = folder.FullName,
            ["RABBITMQ_NODENAME"] = $"edgeflora{port}@localhost",
            ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
            ["RABBITMQ_NODE_PORT"] = Text(port),
            ["RABBITMQ_DIST_PORT"] = Text(distributionPort),
            ["RABBITMQ_MNESIA_BASE"] = At("mnesia"),
            ["RABBITMQ_LOG_BASE"] = At("log"),
            ["RABBITMQ_PID_FILE"] = At("pid"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = At("enabled_plugins"),
            ["RABBITMQ_CONFIG_FILE"] = At("rabbitmq.conf"),
            ["RABBITMQ_CONF_ENV_FILE"] = At("env.conf"),
            ["RABBITMQ_GENERATED_CONFIG_DIR"] = At("generated"),
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
            ["ERL_EPMD_PORT"] = Text(epmdPort),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["ERL_CRASH_DUMP"] = "/dev/null",
        };
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder.FullName, name), text);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
