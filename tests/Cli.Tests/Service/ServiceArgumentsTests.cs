using System.Net;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Commands.Coordinator;
using EdgeFlora.Cli.Service;
using EdgeFlora.Coordinator.Enrolment;

namespace EdgeFlora.Cli.Tests.Service;

[Collection(EnvironmentGroup.Name)]
public sealed class ServiceArgumentsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-service-").FullName;

    [Fact]
    public void Without_options_it_serves_with_TLS_on_all_addresses()
    {
        ServiceSettings settings = Parse();

        Assert.Equal(
            (false, new IPEndPoint(IPAddress.IPv6Any, 8443), "coordinator-state"),
            (settings.Api.Dev, settings.Api.Listen, settings.Host.StateFolder));
        Assert.Equal(Path.Combine("coordinator-state", "coordinator.log"), settings.LogFile);
        Assert.Empty(settings.Api.Problems());
    }

    [Fact]
    public void A_trial_is_served_on_loopback_only()
    {
        ServiceSettings settings = Parse("--dev");

        Assert.Equal((true, new IPEndPoint(IPAddress.Loopback, 8480)), (settings.Api.Dev, settings.Api.Listen));
        Assert.Empty(settings.Api.Problems());
        Assert.NotEmpty(Parse("--dev", "--listen", "http://0.0.0.0:8480").Api.Problems());
    }

    [Fact]
    public void A_store_that_replicas_share_comes_with_what_they_need()
    {
        File.WriteAllText(Path.Combine(root, "password"), "secret\n");
        string file = Write("store: {url: \"postgres://u@db.example:5433/fleet\", passwordFile: password, lease: 8s}");

        ServiceSettings of = Parse("--config", file);

        Assert.Equal(
            ("PostgreSQL database 'fleet' at db.example:5433", "secret", TimeSpan.FromSeconds(8)),
            (of.Host.Postgres!.ToString(), of.Host.Postgres.Password, of.Host.Postgres.Lease));
        Assert.Equal(TimeSpan.FromSeconds(2), of.Broker.Heartbeat);
        Assert.Equal(Path.Combine("coordinator-state", $"coordinator-{Environment.MachineName}.log"), of.LogFile);
        Assert.Equal("other", Parse("--config", file, "--store", "postgres://u@localhost/other").Host.Postgres!.Database);
        Assert.False(of.Host.Postgres.KeepsBodies);
        Assert.True(Parse("--config", Write("store: {url: \"postgres://u@localhost/d\", bodies: postgres, lease: 8s}")).Host.Postgres!.KeepsBodies);
        Assert.Null(Parse().Host.Postgres);
    }

    [Fact]
    public void Replicas_reach_it_where_it_says()
    {
        string file = Write("{store: {url: \"postgres://u@localhost/d\"}, api: {replicaUrl: \"https://one.example:8443\"}}");

        Assert.Equal(new Uri("https://one.example:8443"), Parse("--config", file).Api.ReplicaUrl);
        Assert.Equal(new Uri("https://two.example"), Parse("--config", file, "--replica-url", "https://two.example").Api.ReplicaUrl);
        Assert.Null(Parse().Api.ReplicaUrl);
        Assert.Equal(
            "--replica-url is 'http://two.example'; it must be https://HOST:PORT, without user, path or query",
            Assert.Throws<InputException>(() => Parse("--config", file, "--replica-url", "http://two.example")).Message);
        Assert.StartsWith(
            "--replica-url is 'https://two.example', but without --store there are no other replicas;",
            Assert.Throws<InputException>(() => Parse("--replica-url", "https://two.example")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_stores_password_is_refused_where_others_can_read_it()
    {
        InputException typed = Assert.Throws<InputException>(() => Parse("--store", "postgres://u:hidden@localhost/d"));
        InputException written = Assert.Throws<InputException>(() => Parse("--config", Write("store: {url: \"postgres://u:hidden@localhost/d\"}")));
        InputException bodies = Assert.Throws<InputException>(() => Parse("--config", Write("store: {bodies: postgres}")));
        InputException alone = Assert.Throws<InputException>(() => Parse("--config", Write("store: {lease: 8s}")));

        Assert.StartsWith("--store holds a password, which others can read;", typed.Message, StringComparison.Ordinal);
        Assert.StartsWith("store.url holds a password, which others can read;", written.Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "store.passwordFile, store.ca, store.lease or store.timeout is given without store.url;", alone.Message, StringComparison.Ordinal);
        Assert.StartsWith("store.bodies is postgres, but store.url is missing;", bodies.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", typed.Message + written.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_says_what_options_do_not()
    {
        Directory.CreateDirectory(Path.Combine(root, "models"));
        string file = Write("""
            state: here
            models: [models]
            maxActiveRuns: 2
            heartbeat: 5s
            api: {listen: "https://127.0.0.1:9000", names: [fleet.example.org], requestsPerSecond: 7}
            broker: {url: "amqp://file@example.org:5672/", timeout: 3s}
            """);

        ServiceSettings of = Parse("--config", file, "--broker", "amqp://typed@example.org:5672/");

        Assert.Equal((Path.Combine(root, "here"), Path.Combine(root, "models")), (of.Host.StateFolder, Assert.Single(of.Models)));
        Assert.Equal((2, TimeSpan.FromSeconds(5)), (of.Host.MaxActiveRuns, of.Host.Heartbeat));
        Assert.Equal(
            (new IPEndPoint(IPAddress.Loopback, 9000), 7, "fleet.example.org"),
            (of.Api.Listen, of.Api.RequestsPerSecond, Assert.Single(of.Api.Names)));
        Assert.Equal(("amqp://typed@example.org:5672/", TimeSpan.FromSeconds(3)), (of.Broker.Url, of.Broker.ConnectTimeout));
        Assert.Equal("typed", Parse("--config", file, "--state", "typed").Host.StateFolder);
        Assert.Equal("amqp://file@example.org:5672/", Parse("--config", file).Broker.Url);
    }

    [Fact]
    public void Every_mistake_of_a_file_is_told_with_its_line()
    {
        string file = Write("""
            stat: here
            heartbeat: 1ms
            api:
              listen: [a]
              port: 8443
            """);

        var mistakes = Assert.Throws<SpecException>(() => Parse("--config", file));

        Assert.Equal(
            [
                $"{file}:1:1: stat is not a setting; did you mean state?",
                $"{file}:2:12: heartbeat is 1ms; it must be a time such as 90s, 15m or 1h30m, 50ms … 10m",
                $"{file}:4:11: api.listen is a list of 1; it must be a text of 1 … 300 characters",
                $"{file}:5:3: api.port is not a setting; api has listen, certificate, key, names, requestsPerSecond, replicaUrl",
            ],
            mistakes.Lines.Select(line => line.Replace("'", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("--listen is 'http://0.0.0.0:80', but only --dev serves without TLS: write https://, or add --dev", "--listen", "http://0.0.0.0:80")]
    [InlineData(
        "--listen is 'https://127.0.0.1:80', but --dev serves without TLS: write http://, or leave --dev out",
        "--dev",
        "--listen",
        "https://127.0.0.1:80")]
    [InlineData("--listen is '8443'; it must be https://ADDRESS:PORT, without user, path or query", "--listen", "8443")]
    [InlineData(
        "--listen is 'https://example.org:1'; its host must be an address of this machine, such as 0.0.0.0 for all of them, or localhost",
        "--listen",
        "https://example.org:1")]
    [InlineData("--config is 'absent.yaml', which is no file; give a file in YAML or JSON", "--config", "absent.yaml")]
    [InlineData(
        "--models is 'absent', which is no folder; give a folder with config.json and model.safetensors, or one of such folders",
        "--models",
        "absent")]
    public void What_cannot_be_used_is_refused(string sentence, params string[] arguments) =>
        Assert.Equal(sentence, Assert.Throws<InputException>(() => Parse(arguments)).Message);

    [Theory]
    [InlineData(false, "--dev")]
    [InlineData(false, "--state", "here")]
    [InlineData(true, "--labels", "a,b")]
    [InlineData(true, "--task", "lm", "--state", "here")]
    [InlineData(true, "--rounds", "3")]
    public void Options_of_a_run_ask_for_one_run(bool isOneRun, params string[] arguments)
    {
        var command = new CoordinatorCommand();

        Assert.Equal(isOneRun, command.IsOneRun(command.Parse(arguments)));
    }

    [Fact]
    public void A_run_and_a_service_are_not_asked_for_at_once()
    {
        var command = new CoordinatorCommand();

        Assert.StartsWith(
            "--dev is given beside --labels, which is of one run;",
            Assert.Throws<InputException>(() => command.IsOneRun(command.Parse(["--labels", "a,b", "--dev"]))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_service_makes_agents_users_only_enrolled_ones_are_let_in()
    {
        File.WriteAllText(Path.Combine(root, "admin.password"), "secret\n");
        const string Broker = "broker: {url: 'amqp://service@10.0.0.1:5672/fleet', management: 'http://localhost:15672', managementUser: admin, "
            + "managementPasswordFile: admin.password, agents: 'amqps://broker.example.org'}";

        EnrolmentOptions managed = Parse("--config", Write(Broker)).Host.Enrolment;
        EnrolmentOptions trial = Parse("--dev", "--config", Write(Broker)).Host.Enrolment;
        EnrolmentOptions optional = Parse("--config", Write("enrolment: optional\n" + Broker)).Host.Enrolment;
        EnrolmentOptions alone = Parse("--config", Write("enrolment: required")).Host.Enrolment;
        EnrolmentOptions plain = Parse().Host.Enrolment;

        Assert.Equal(
            (true, true, "fleet", new Uri("amqps://broker.example.org/fleet")),
            (managed.Required, managed.Users is not null, managed.VirtualHost, managed.Broker));
        Assert.Equal((false, false, true, false), (trial.Required, optional.Required, alone.Required, plain.Required));
        Assert.Null(alone.Users);
        Assert.Equal(new Uri("amqp://localhost:5672/"), plain.Broker);
    }

    [Theory]
    [InlineData(
        "broker.management is 'http://broker.example.org:15672/'; beyond this machine it must be https://",
        "broker: {management: 'http://broker.example.org:15672'}")]
    [InlineData("broker.management is 'broker'; it must be http[s]://HOST:PORT", "broker: {management: broker}")]
    [InlineData("broker.managementUser or managementPasswordFile is given without broker.management", "broker: {managementUser: admin}")]
    [InlineData("broker.agents must be amqp[s]://HOST:PORT, without user and password", "broker: {agents: 'amqps://me:geheim@broker.example.org'}")]
    [InlineData(
        "coordinator.yaml: broker.url holds a password, which a file of settings must not; name a file with broker.passwordFile",
        "broker: {url: 'amqps://me:geheim@broker.example.org'}")]
    public void What_cannot_be_said_of_the_broker_is_told_without_secrets(string sentence, string configuration)
    {
        string said = Assert.Throws<InputException>(() => Parse("--config", Write(configuration))).Message;

        Assert.StartsWith(sentence, said.Replace(root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Enrolment_is_not_required_of_a_trial() =>
        Assert.StartsWith(
            "enrolment is 'required', but with --dev anybody may join",
            Assert.Throws<InputException>(() => Parse("--dev", "--config", Write("enrolment: required"))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_password_comes_from_systemds_credential_where_nobody_names_a_file()
    {
        File.WriteAllText(Path.Combine(root, "broker-password"), "geheim\n");
        File.WriteAllText(Path.Combine(root, "typed"), "another\n");
        Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", root);
        try
        {
            string[] broker = ["--broker", "amqp://service@localhost/"];
            Assert.Equal(Path.Combine(root, "broker-password"), Parse(broker).Broker.PasswordFile);
            Assert.Equal(Path.Combine(root, "typed"), Parse([.. broker, "--broker-password-file", Path.Combine(root, "typed")]).Broker.PasswordFile);
        }
        finally
        {
            Environment.SetEnvironmentVariable("CREDENTIALS_DIRECTORY", null);
        }
    }

    [Theory]
    [InlineData("amqp://me:geheim@localhost/", true)]
    [InlineData("amqp://guest:guest@localhost/", false)]
    [InlineData("amqp://me@localhost/", false)]
    public void A_password_on_the_command_line_is_warned_of(string url, bool warned)
    {
        var command = new CoordinatorCommand();
        var error = new StringWriter();
        System.CommandLine.ParseResult parsed = command.Parse(["--broker", url]);
        parsed.InvocationConfiguration.Error = error;

        command.Service(parsed);

        Assert.Equal(
            warned,
            error.ToString().StartsWith(
                "warning: --broker holds a password, which everybody on this machine can read; "
                    + "leave it out and name a file with --broker-password-file",
                StringComparison.Ordinal));
        Assert.DoesNotContain("geheim", error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string Write(string text)
    {
        string file = Path.Combine(root, "coordinator.yaml");
        File.WriteAllText(file, text);
        return file;
    }

    private static ServiceSettings Parse(params string[] arguments)
    {
        var command = new CoordinatorCommand();
        return command.Service(command.Parse(arguments));
    }
}
