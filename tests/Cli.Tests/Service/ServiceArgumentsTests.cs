using System.Net;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Coordinator;
using EdgeFlora.Cli.Service;

namespace EdgeFlora.Cli.Tests.Service;

public sealed class ServiceArgumentsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-service-").FullName;

    [Fact]
    public void Without_options_it_serves_with_TLS_on_all_addresses()
    {
        ServiceSettings settings = Parse();

        Assert.Equal((false, new IPEndPoint(IPAddress.IPv6Any, 8443), "coordinator-state"), (settings.Api.Dev, settings.Api.Listen, settings.Host.StateFolder));
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
        Assert.Equal((new IPEndPoint(IPAddress.Loopback, 9000), 7, "fleet.example.org"), (of.Api.Listen, of.Api.RequestsPerSecond, Assert.Single(of.Api.Names)));
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
                $"{file}:5:3: api.port is not a setting; api has listen, certificate, key, names, requestsPerSecond",
            ],
            mistakes.Lines.Select(line => line.Replace("'", "", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("--listen is 'http://0.0.0.0:80', but only --dev serves without TLS: write https://, or add --dev", "--listen", "http://0.0.0.0:80")]
    [InlineData("--listen is 'https://127.0.0.1:80', but --dev serves without TLS: write http://, or leave --dev out", "--dev", "--listen", "https://127.0.0.1:80")]
    [InlineData("--listen is '8443'; it must be https://ADDRESS:PORT, without user, path or query", "--listen", "8443")]
    [InlineData(
        "--listen is 'https://example.org:1'; its host must be an address of this machine, such as 0.0.0.0 for all of them, or localhost", "--listen", "https://example.org:1")]
    [InlineData("--config is 'absent.yaml', which is no file; give a file in YAML or JSON", "--config", "absent.yaml")]
    [InlineData(
        "--models is 'absent', which is no folder; give a folder with config.json and model.safetensors, or one of such folders", "--models", "absent")]
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
