using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Coordinator.Api;
using EdgeFlora.Coordinator.Configuration;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Service;

/// <summary>
/// The options of <c>edgeflora coordinator</c> as a service. The command line counts before the environment, which counts before the file.
/// </summary>
internal sealed class ServiceArguments
{
    /// <summary>URL at which the service's API is served (<c>--listen</c>).</summary>
    private const string ListenVariable = "EDGEFLORA_LISTEN";

    /// <summary>URL at which other replicas reach the service's API (<c>--replica-url</c>).</summary>
    private const string ReplicaUrlVariable = "EDGEFLORA_REPLICA_URL";

    /// <summary>Folder of the service's state (<c>--state</c>).</summary>
    private const string StateVariable = "EDGEFLORA_STATE";

    /// <summary>Folders of base models, as a path names several (<c>--models</c>).</summary>
    private const string ModelsVariable = "EDGEFLORA_MODELS";

    private static readonly TimeSpan ReplicaHeartbeat = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ReplicaAttachTimeout = TimeSpan.FromSeconds(60);

    private readonly Option<string?> config = new("--config")
    {
        Description = "Configuration of the service, YAML or JSON (docs/operate.md); the environment counts before it, and options before both",
        HelpName = "FILE",
    };
    private readonly Option<bool> dev = new("--dev")
    {
        Description = "Serve for trials on this machine: on http://localhost:8480 only, without TLS and tokens",
    };
    private readonly Option<string?> listen = new("--listen")
    {
        Description = $"Where the API is served, https://ADDRESS:PORT; without it {ListenVariable}, or https on port 8443 of all addresses",
        HelpName = "URL",
    };
    private readonly Option<string?> replicaUrl = new("--replica-url")
    {
        Description = $"Where other replicas reach this one's API, https://HOST:PORT; without it {ReplicaUrlVariable}, or where it listens",
        HelpName = "URL",
    };
    private readonly Option<string[]> models = new("--models")
    {
        Description = $"Folder of a base model that runs can name, or of several; may be given again; without it {ModelsVariable}. "
            + $"{ModelOption.EmbeddedName} is always there",
        HelpName = "DIR",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> restored = new("--restored")
    {
        Description = "The state folder is one of an earlier time, as of a machine that was set back: private runs are held until you say what they "
            + "have spent since. A backup that was put in place is known by itself",
    };

    private readonly StoreArguments store = new();

    public IEnumerable<Option> All => [config, dev, listen, replicaUrl, models, restored, .. store.All];

    /// <exception cref="InputException">A value cannot be used.</exception>
    /// <exception cref="SpecException">The configuration has mistakes.</exception>
    public ServiceSettings Read(ParseResult parsed, BrokerArguments broker, Option<string> state, Option<string?> log, bool stopWithInput)
    {
        ServiceConfiguration file = Configuration(parsed.GetValue(config));
        bool trial = parsed.GetValue(dev) || file.Dev == true;
        string folder = (parsed.IsGiven(state) ? parsed.GetValue(state) : Variable(StateVariable) ?? file.State) ?? parsed.GetRequiredValue(state);
        (string name, string? url) = parsed.GetValue(listen) is { } typed ? ("--listen", typed)
            : Variable(ListenVariable) is { } named ? (ListenVariable, named) : ("api.listen", file.Listen);
        (string reachedBy, string? reached) = parsed.GetValue(replicaUrl) is { } written ? ("--replica-url", written)
            : Variable(ReplicaUrlVariable) is { } told ? (ReplicaUrlVariable, told) : ("api.replicaUrl", file.ReplicaUrl);
        var standard = new CoordinatorHostOptions { StateFolder = folder };
        var api = new ApiOptions { StateFolder = folder };
        BrokerOptions speaks = broker.Read(parsed, file.Broker);
        PostgresOptions? shared = store.Read(parsed, file);
        if (shared is not null)
        {
            // Queues of a replica that hangs are to be free for another by the time that its lease has lapsed.
            speaks = speaks with { Heartbeat = ReplicaHeartbeat };
            standard = standard with { AttachTimeout = ReplicaAttachTimeout };
        }

        return new ServiceSettings(
            api with
            {
                Dev = trial,
                Listen = ListenAddress.Parse(url, name, trial),
                ReplicaUrl = ReplicaUrl.Parse(reached, reachedBy, trial, shared is not null),
                CertificateFile = file.Certificate,
                KeyFile = file.Key,
                Names = file.Names,
                RequestsPerSecond = file.RequestsPerSecond ?? api.RequestsPerSecond,
            },
            standard with
            {
                MaxActiveRuns = file.MaxActiveRuns ?? standard.MaxActiveRuns,
                AgentVersion = file.AgentVersion,
                Heartbeat = file.Heartbeat ?? standard.Heartbeat,
                Restored = parsed.GetValue(restored),
                Postgres = shared,
                Enrolment = EnrolmentArguments.Read(file, speaks, trial),
            },
            Models(parsed, file),
            speaks,
            parsed.GetValue(log) ?? Path.Combine(folder, shared is null ? "coordinator.log" : $"coordinator-{Environment.MachineName}.log"),
            stopWithInput);
    }

    private string[] Models(ParseResult parsed, ServiceConfiguration file)
    {
        (string name, IReadOnlyList<string> folders) = parsed.GetRequiredValue(models) is { Length: > 0 } typed ? ("--models", typed)
            : Variable(ModelsVariable) is { } named ? (ModelsVariable, named.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            : ("models", file.Models);
        return folders.FirstOrDefault(folder => !Directory.Exists(folder)) is { } absent
            ? throw new InputException(
                $"{name} is '{absent}', which is {(File.Exists(absent) ? "a file" : "no folder")}; "
                    + $"give a folder with config.json and model.safetensors, or one of such folders")
            : [.. folders];
    }

    /// <summary>The file with its paths as this process finds them.</summary>
    /// <param name="file">Null: there is none.</param>
    /// <param name="option">That names it, for messages.</param>
    /// <exception cref="InputException">There is no such file, or it holds a password.</exception>
    /// <exception cref="SpecException">It has mistakes.</exception>
    internal static ServiceConfiguration Configuration(string? file, string option = "--config")
    {
        if (file is null)
        {
            return new ServiceConfiguration();
        }

        if (!File.Exists(file))
        {
            throw new InputException(
                $"{option} is '{file}', which is {(Directory.Exists(file) ? "a folder" : "no file")}; give a file in YAML or JSON");
        }

        ServiceConfigurationReading reading = ServiceConfigurationReader.Read(File.ReadAllBytes(file), file);
        ServiceConfiguration read = reading.Configuration ?? throw new SpecException(reading.Mistakes);
        if (BrokerOption.HoldsPassword(read.Broker.Url))
        {
            throw new InputException(
                $"{file}: broker.url holds a password, which a file of settings must not; name a file with broker.passwordFile, "
                    + $"or use the systemd credential {BrokerArguments.PasswordCredential} or {BrokerOption.Variable}");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string? Placed(string? path) => path is null ? null : Path.GetFullPath(path, folder);
        return read with
        {
            State = Placed(read.State),
            StorePasswordFile = Placed(read.StorePasswordFile),
            StoreCa = Placed(read.StoreCa),
            S3Ca = Placed(read.S3Ca),
            S3SecretKeyFile = Placed(read.S3SecretKeyFile),
            Models = [.. read.Models.Select(model => Placed(model)!)],
            Certificate = Placed(read.Certificate),
            Key = Placed(read.Key),
            ManagementPasswordFile = Placed(read.ManagementPasswordFile),
            Broker = read.Broker with
            {
                PasswordFile = Placed(read.Broker.PasswordFile),
                Ca = Placed(read.Broker.Ca),
                ClientCertificate = Placed(read.Broker.ClientCertificate),
                ClientKey = Placed(read.Broker.ClientKey),
            },
        };
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value.Trim() : null;
}
