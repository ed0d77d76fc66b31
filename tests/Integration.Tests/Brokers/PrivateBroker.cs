using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using EdgeFlora.Testing.Network;
using RabbitMQ.Client;

namespace EdgeFlora.Integration.Tests.Brokers;

/// <summary>A RabbitMQ server of our own: free ports, a folder that is thrown away, no root, no system service.</summary>
internal sealed partial class PrivateBroker : IAsyncDisposable
{
    // The script in /usr/sbin changes the user and asks for root; this one runs as whoever starts it.
    public const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private const string ControlProgram = "/usr/lib/rabbitmq/bin/rabbitmqctl";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edgeflora-broker-");
    private readonly int port;
    private readonly int distributionPort;
    private readonly int epmdPort;
    private readonly int tlsPort;
    private readonly int managementPort;
    private readonly ConcurrentQueue<string> words = [];
    private bool speaksTls;
    private bool isManaged;
    private bool takesCertificates;
    private Process? server;

    public PrivateBroker()
    {
        int[] ports = FreePorts.Take(5);
        (port, distributionPort, epmdPort, tlsPort, managementPort) = (ports[0], ports[1], ports[2], ports[3], ports[4]);
    }

    /// <summary>Virtual hosts made at the first start.</summary>
    public static readonly string[] VirtualHosts =
    [
        "chunks", "enrolment", "experiments", "figures", "fleet", "queues", "ranks", "reconnect", "refusals", "refusing", "rounds", "service",
        "slow", "spec", "tls",
    ];

    public string Url(string virtualHost) => string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{port}/{virtualHost}");

    public int Port => port;

    public bool IsRunning => server is { HasExited: false };

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

    /// <summary>From its next start on the server takes client certificates in place of passwords, by their common names.</summary>
    public void UseLoginsByCertificate(bool takes = true) => takesCertificates = takes;

    public async Task StartAsync(CancellationToken stop)
    {
        Write("enabled_plugins", $"[{string.Join(',', Plugins())}].");
        Write("env.conf", "");
        Write(
            "rabbitmq.conf",
            $"load_definitions = {Path.Combine(folder.FullName, "definitions.json")}\nlog.file.level = "
                + $"warning\n{(speaksTls ? Tls() : "")}{(isManaged ? Managed() : "")}{(takesCertificates ? Logins : "")}");
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
        words.Clear();
        server.OutputDataReceived += (_, line) => words.Enqueue(line.Data ?? "");
        server.ErrorDataReceived += (_, line) => words.Enqueue(line.Data ?? "");
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
    public async Task<IReadOnlyList<string>> HoldsAsync(string virtualHost, CancellationToken stop)
    {
        // One program that is started, and not one for each kind.
        string names = $"[Name || {{resource, <<\"{virtualHost}\">>, _, Name}} <- rabbit_amqqueue:list_names() ++ rabbit_exchange:list_names()].";
        string told = await RunAsync(ControlProgram, ["-q", "eval", names], stop);
        return [.. Names().Matches(told).Select(name => name.Groups[1].Value)];
    }

    /// <summary>Runs a line in a shell on the broker's machine, where <c>rabbitmqctl</c> speaks to this server.</summary>
    public async Task ShellAsync(string line, CancellationToken stop) => await RunAsync("bash", ["-c", line], stop);

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

    /// <summary>Texts as Erlang writes them.</summary>
    [GeneratedRegex("<<\"([^\"]*)\">>")]
    private static partial Regex Names();

    private async Task<string> RunAsync(string program, string[] arguments, CancellationToken stop)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in Environment())
        {
            start.Environment[name] = value;
        }

        start.Environment["PATH"] = $"{Path.GetDirectoryName(ControlProgram)}:{start.Environment["PATH"]}";
        using Process control = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        Task<string> wrong = control.StandardError.ReadToEndAsync(stop);
        string output = await control.StandardOutput.ReadToEndAsync(stop);
        await control.WaitForExitAsync(stop);
        return control.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit code {control.ExitCode}: {await wrong}");
    }

    private const string Logins =
        "auth_mechanisms.1 = PLAIN\nauth_mechanisms.2 = AMQPLAIN\nauth_mechanisms.3 = EXTERNAL\nssl_cert_login_from = common_name\n";

    private IEnumerable<string> Plugins()
    {
        if (isManaged)
        {
            yield return "rabbitmq_management";
        }

        if (takesCertificates)
        {
            yield return "rabbitmq_auth_mechanism_ssl";
        }
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
        // The bare port first: a client's connection that is refused costs much more, and boots take seconds.
        await LimitedWait.UntilAsync(
            async () =>
            {
                using var socket = new TcpClient();
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, port, stop);
                    return true;
                }
                catch (SocketException)
                {
                    return server!.HasExited;
                }
            },
            Describe,
            "the broker listens");
        var factory = new ConnectionFactory { HostName = "127.0.0.1", Port = port, AutomaticRecoveryEnabled = false };
        await LimitedWait.UntilAsync(
            async () =>
            {
                try
                {
                    await using IConnection connection = await factory.CreateConnectionAsync(stop);
                    return true;
                }
                catch (RabbitMQ.Client.Exceptions.BrokerUnreachableException) when (!server!.HasExited)
                {
                    return false;
                }
                catch (RabbitMQ.Client.Exceptions.BrokerUnreachableException none)
                {
                    await server!.WaitForExitAsync(stop);
                    throw new InvalidOperationException($"{Program} ended with exit code {server.ExitCode}. {Describe()}", none);
                }
            },
            Describe,
            "the broker takes connections");
    }

    /// <summary>What it said last.</summary>
    private string Describe() => $"It said: {string.Join(" | ", words.Where(line => line.Length > 0).TakeLast(20))}";

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
            // Certificates are read at each connection, so that a test changes them by writing files.
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} -ssl bypass_pem_cache true",
            ["ERL_EPMD_PORT"] = Text(epmdPort),
            ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
            ["ERL_CRASH_DUMP"] = "/dev/null",
        };
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(folder.FullName, name), text);
}
