using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EdgeFlora.Cli;
using EdgeFlora.Coordinator.Configuration;
using EdgeFlora.Coordinator.Specs.Reading;
using YamlDotNet.Serialization;

namespace EdgeFlora.Architecture.Tests.Deployment;

/// <summary>What <c>compose.yaml</c> names is there, and the programs in it understand what they are told.</summary>
public sealed partial class ComposeTests
{
    private static readonly Dictionary<object, object> File = Read("compose.yaml");

    private static readonly Dictionary<string, Dictionary<object, object>> Services =
        Map(File["services"]).ToDictionary(entry => (string)entry.Key, entry => Map(entry.Value));

    /// <summary>A second time they stay as they are: the broker and its users have them.</summary>
    [Fact]
    public async Task The_script_makes_every_secret_once_for_whoever_may_enter_the_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a script for bash");
        string[] named = [.. Names(File["secrets"]).Select(secret => Path.GetFileName((string)Map(Map(File["secrets"])[secret])["file"]))];
        string root = Directory.CreateTempSubdirectory("edgeflora-compose-").FullName;
        try
        {
            string folder = Path.Combine(root, "secrets");
            await MakeSecretsAsync(folder);
            byte[][] made = [.. named.Select(name => System.IO.File.ReadAllBytes(Path.Combine(folder, name)))];
            await MakeSecretsAsync(folder);

            Assert.Equal(named.Order(StringComparer.Ordinal), Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Equal(made, named.Select(name => System.IO.File.ReadAllBytes(Path.Combine(folder, name))));
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                OperatingSystem.IsWindows() ? default : System.IO.File.GetUnixFileMode(folder));
            using var broker = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "broker-certificate.pem"));
            using var store = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "store-certificate.pem"));
            Assert.True(broker.MatchesHostname("rabbitmq"));
            Assert.True(store.MatchesHostname("postgres"));
            JsonNode users = JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(folder, "broker-definitions.json")))!["users"]!;
            foreach (JsonNode? user in users.AsArray())
            {
                byte[] hash = Convert.FromBase64String((string)user!["password_hash"]!);
                string password = System.IO.File.ReadLines(Path.Combine(folder, $"{(string)user["name"]!}-password")).First();
                Assert.Equal(SHA256.HashData([.. hash[..4], .. Encoding.UTF8.GetBytes(password)]), hash[4..]);
            }
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void Every_file_volume_and_secret_that_is_mounted_is_there()
    {
        foreach (Dictionary<object, object> service in Services.Values)
        {
            Assert.Empty(Strings(service, "secrets").Except(Names(File["secrets"])));
            foreach (string source in Strings(service, "volumes").Select(volume => volume.Split(':')[0]))
            {
                Assert.True(
                    source.StartsWith('$') || (source.StartsWith("./", StringComparison.Ordinal)
                        ? System.IO.File.Exists(In(source))
                        : Names(File["volumes"]).Contains(source)),
                    source);
            }
        }
    }

    /// <summary>The collector's image holds nothing to ask with.</summary>
    [Fact]
    public void Every_service_is_looked_after()
    {
        Assert.Equal(["collector"], Services.Where(service => !service.Value.ContainsKey("healthcheck")).Select(service => service.Key));
        Assert.All(Services.Values, service => Assert.Equal("unless-stopped", service["restart"]));
        Assert.Equal(2, Services.Keys.Count(name => name.StartsWith("coordinator-", StringComparison.Ordinal)));
        Assert.Equal(
            ["agent-torch: torch", "collector: otel"],
            Services.Where(service => service.Value.ContainsKey("profiles"))
                .Select(service => $"{service.Key}: {string.Join(',', Strings(service.Value, "profiles"))}"));
    }

    [Fact]
    public void Commands_and_health_checks_are_ones_that_the_program_has()
    {
        int checkedCommands = 0;
        foreach (Dictionary<object, object> service in Services.Values.Where(service => service.ContainsKey("build")))
        {
            string dockerfile = System.IO.File.ReadAllText(In((string)Map(service["build"])["dockerfile"]));
            string[] entry = [.. Words().Matches(Entrypoint().Match(dockerfile).Value).Select(word => word.Groups[1].Value).Skip(1)];
            Assert.Empty(EdgeFloraCommand.Create().Parse([.. entry, .. Strings(service, "command")]).Errors);
            checkedCommands++;
            if (service.TryGetValue("healthcheck", out object? health))
            {
                Assert.Empty(EdgeFloraCommand.Create().Parse([.. Strings(Map(health), "test").Skip(2)]).Errors);
                checkedCommands++;
            }
        }

        Assert.Equal(12, checkedCommands);
    }

    /// <summary>Passwords come from files, the broker is spoken to over TLS, and containers of ours hold no rights.</summary>
    [Fact]
    public void Nothing_secret_stands_in_it_and_nobody_has_rights_that_are_not_needed()
    {
        foreach (string name in Directory.EnumerateFiles(In("infra/compose"), "*.yaml").Append(In("compose.yaml")))
        {
            string text = System.IO.File.ReadAllText(name);
            Assert.DoesNotMatch("(?im)(^|[ {])pass(word)?: |amqp://|://[a-z]+:[^@/ ]+@", text);
        }

        Assert.All(Services.Where(service => service.Key != "rabbitmq"), service => Assert.Equal(
            (true, "ALL", "no-new-privileges:true"),
            ((string)service.Value["read_only"] == "true", Strings(service.Value, "cap_drop")[0], Strings(service.Value, "security_opt")[0])));
        Assert.Contains("listeners.tcp = none", System.IO.File.ReadAllText(In("infra/compose/rabbitmq.conf")), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_settings_and_its_run_are_read_without_a_mistake()
    {
        ServiceConfigurationReading service = ServiceConfigurationReader.Read(
            System.IO.File.ReadAllBytes(In("infra/compose/coordinator.yaml")), "coordinator.yaml");
        RunSpecReading run = RunSpecReader.Read(System.IO.File.ReadAllBytes(In("infra/compose/run.yaml")), "run.yaml", ["labels=[a, b]"]);

        Assert.Empty(service.Mistakes);
        Assert.Empty(run.Mistakes);
        Assert.Equal(3, run.Spec!.Rounds.Count);
    }

    private static async Task MakeSecretsAsync(string folder)
    {
        using Process script = Process.Start("bash", [In("infra/compose/secrets.sh"), folder]);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, script.ExitCode);
    }

    private static string In(string path) => Path.Combine(SourceTree.Root, path);

    private static Dictionary<object, object> Read(string file)
    {
        using var text = new StringReader(System.IO.File.ReadAllText(In(file), Encoding.UTF8));
        var parser = new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(text));
        return new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(parser);
    }

    private static Dictionary<object, object> Map(object node) => (Dictionary<object, object>)node;

    private static IEnumerable<string> Names(object map) => Map(map).Keys.Cast<string>();

    private static string[] Strings(Dictionary<object, object> map, string name) =>
        map.TryGetValue(name, out object? list) ? [.. ((List<object>)list).Cast<string>()] : [];

    [GeneratedRegex("(?m)^ENTRYPOINT .*$")]
    private static partial Regex Entrypoint();

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Words();
}
