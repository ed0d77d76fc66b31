using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs.Sections;
using EdgeFlora.Coordinator.Specs.Settings;

namespace EdgeFlora.Coordinator.Configuration;

/// <summary>All there is to say in a service's configuration.</summary>
internal static class ServiceSections
{
    private const int MaxPath = 4000;

    public static readonly Setting<bool> Dev = New("dev", "Serve on this machine only, without TLS and tokens.", new FlagType(), false);

    public static readonly Setting<string?> State = New<string?>("state", "Folder of the service's state.", new TextType(MaxPath), null);

    public static readonly Setting<IReadOnlyList<string>?> Models = New<IReadOnlyList<string>?>(
        "models", "Folders of base models, or folders that hold some.", new TextListType("folders", 1, 1000), null);

    public static readonly Setting<int> MaxActiveRuns = New(
        "maxActiveRuns", "Runs that work at the same time; those that wait for agents or are held don't count.", new WholeType(1, 1000, "runs"), 4);

    public static readonly Setting<TimeSpan> Heartbeat = New(
        "heartbeat",
        "Interval of agents' heartbeats.",
        new DurationType(TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(10)),
        TimeSpan.FromSeconds(20));

    public static readonly Setting<string?> AgentVersion = New<string?>(
        "agentVersion",
        "Version that agents should have, such as 0.2.0: those of another are shown, and work on. Without it: any.",
        new TextType(100),
        null);

    public static readonly Setting<bool> RequiresEnrolment = New(
        "enrolment",
        "Whether only enrolled agents are let in; without it, where broker.management is given and dev is not.",
        new ChoiceType<bool>([("required", true), ("optional", false)]),
        false);

    public static readonly Setting<string?> Listen = New<string?>("api.listen", "URL at which the API is served.", new TextType(300), null);

    public static readonly Setting<string?> Certificate = New<string?>(
        "api.certificate",
        "PEM file of the certificate chain. Without it a self-made one, whose fingerprint clients pin.",
        new TextType(MaxPath),
        null);

    public static readonly Setting<string?> Key = New<string?>("api.key", "PEM file of the certificate's key.", new TextType(MaxPath), null);

    public static readonly Setting<IReadOnlyList<string>?> Names = New<IReadOnlyList<string>?>(
        "api.names",
        "Names and addresses of this machine that a self-made certificate is for.",
        new TextListType("names or addresses", 1, 100),
        null);

    public static readonly Setting<string?> ReplicaUrl = New<string?>(
        "api.replicaUrl",
        "URL at which other replicas reach this one's API; without it api.listen, or this machine's name where that is all addresses.",
        new TextType(300),
        null);

    public static readonly Setting<int> RequestsPerSecond = New(
        "api.requestsPerSecond", "Requests a second that one token may make.", new WholeType(1, 100_000, "requests"), 200);

    public static readonly Setting<string?> StoreUrl = New<string?>(
        "store.url",
        "PostgreSQL, postgres://user@host:port/database, which replicas share; without it a file in the state folder, for one process.",
        new TextType(1000),
        null);

    public static readonly Setting<string?> StorePasswordFile = New<string?>(
        "store.passwordFile", "File whose first line is the password of store.url's user.", new TextType(MaxPath), null);

    public static readonly Setting<string?> StoreCa = New<string?>(
        "store.ca", "PEM file with the authorities that may have signed PostgreSQL's certificate.", new TextType(MaxPath), null);

    public static readonly Setting<BodyPlace> StoreBodies = New(
        "store.bodies",
        "Where adapters and agents' updates are kept: in a state folder that all replicas share, or, each with a folder of its own, in store.url or "
            + "in the bucket that s3 names.",
        new ChoiceType<BodyPlace>([("folder", BodyPlace.Folder), ("postgres", BodyPlace.Postgres), ("s3", BodyPlace.S3)]),
        BodyPlace.Folder);

    public static readonly Setting<TimeSpan> StoreLease = New(
        "store.lease",
        "How long a replica leads without a word of it in the database; after that another takes over.",
        new DurationType(TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(1)),
        TimeSpan.FromSeconds(5));

    public static readonly Setting<TimeSpan> StoreTimeout = New(
        "store.timeout",
        "Longest a start waits for a database that does not answer.",
        new DurationType(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
        TimeSpan.FromSeconds(10));

    public static readonly Setting<string?> BrokerUrl = New<string?>(
        "broker.url", "RabbitMQ, amqp[s]://user@host:port/vhost.", new TextType(1000), null);

    public static readonly Setting<string?> BrokerPasswordFile = New<string?>(
        "broker.passwordFile", "File whose first line is the broker's password.", new TextType(MaxPath), null);

    public static readonly Setting<string?> BrokerCa = New<string?>(
        "broker.ca", "PEM file with the authorities that may have signed the broker's certificate.", new TextType(MaxPath), null);

    public static readonly Setting<string?> BrokerServerName = New<string?>(
        "broker.serverName", "Name that the broker's certificate must bear, if it is not the URL's host.", new TextType(300), null);

    public static readonly Setting<string?> BrokerCertificate = New<string?>(
        "broker.certificate", "PEM file with our own certificate for the broker.", new TextType(MaxPath), null);

    public static readonly Setting<string?> BrokerKey = New<string?>(
        "broker.key", "PEM file with the key of broker.certificate.", new TextType(MaxPath), null);

    public static readonly Setting<TimeSpan> BrokerTimeout = New(
        "broker.timeout",
        "Longest a start waits for the broker.",
        new DurationType(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
        TimeSpan.FromSeconds(10));

    public static readonly Setting<string?> BrokerManagement = New<string?>(
        "broker.management", "RabbitMQ's management API, http[s]://host:port, with which the service makes agents' users.", new TextType(300), null);

    public static readonly Setting<string?> BrokerManagementUser = New<string?>(
        "broker.managementUser", "Administrator of the broker for broker.management, if it is not broker.url's user.", new TextType(300), null);

    public static readonly Setting<string?> BrokerManagementPasswordFile = New<string?>(
        "broker.managementPasswordFile", "File whose first line is the password of broker.managementUser.", new TextType(MaxPath), null);

    public static readonly Setting<string?> BrokerAgents = New<string?>(
        "broker.agents", "The broker as agents reach it, amqp[s]://host:port, if that is not as the service does.", new TextType(300), null);

    public static SpecSectionSettings Top { get; } = new(
        "", "A service of EdgeFlora.", [Dev, State, Models, MaxActiveRuns, Heartbeat, AgentVersion, RequiresEnrolment]);

    public static IReadOnlyList<SpecSectionSettings> Named { get; } =
    [
        new("api", "The HTTP API.", [Listen, Certificate, Key, Names, RequestsPerSecond, ReplicaUrl]),
        new("store", "Where runs and fleet are kept.", [StoreUrl, StorePasswordFile, StoreCa, StoreBodies, StoreLease, StoreTimeout]),
        S3Section.Settings,
        new("broker", "The broker.", [
            BrokerUrl, BrokerPasswordFile, BrokerCa, BrokerServerName, BrokerCertificate, BrokerKey, BrokerTimeout,
            BrokerManagement, BrokerManagementUser, BrokerManagementPasswordFile, BrokerAgents,
        ]),
    ];

    private static Setting<T> New<T>(string path, string purpose, ISettingType<T> type, T standard) => new(path, purpose, path, type, standard);
}
