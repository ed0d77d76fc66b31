using System.Diagnostics;
using System.IO.Compression;

namespace EdgeFlora.Cli.Tests.Doctor;

/// <summary>A user's secrets in every place where a user may put one, and a bundle made there.</summary>
public sealed class SupportBundleTests : IDisposable
{
    private static readonly string[] Secrets =
    [
        "pw-of-the-environment", "pw-of-the-password-file", "pw-of-the-credential", "efo_token-of-a-context", "efa_token-of-the-environment",
        "key-of-the-trainer-argument", "pw-in-the-broker-variable", "pw-in-a-log-line", "efo_token-in-a-log-line", "hf-token-of-the-environment",
        "pw-of-the-enrolment", "efo_token-of-the-environment", "pw-in-a-mistyped-url", "line-of-a-private-key",
    ];

    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-bundle-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("amqp://farm@127.0.0.1:9/", "amqp://other:pw-in-the-broker-variable@127.0.0.1:9/")]
    [InlineData("amqp//farm:pw-in-a-mistyped-url@127.0.0.1", "")]
    public async Task Nothing_secret_is_in_the_bundle(string url, string variable)
    {
        string bundle = Path.Combine(root, "bundle.zip");
        string config = Write(
            "agent.yaml",
            $"""
            name: pump-1
            state: state
            broker: {JsonOf("url", url)}
            data: [{JsonOf("file", "data.jsonl")}]
            engine: command
            trainer: {JsonOf("command", new[] { "/bin/false", "--api-key=key-of-the-trainer-argument" })}
            """);
        Write("data.jsonl", """{"text": "a private sentence", "label": "x"}""", """{"text": "another one", "label": "y"}""");
        Write("state/broker.password", "pw-of-the-enrolment");
        Write(
            "state/agent-20260101.log",
            """{"@t":"2026-01-01T00:00:00Z","@m":"connected to amqp://x:pw-in-a-log-line@h/ with efo_token-in-a-log-line"}""",
            """{"@m":"pw-of-the-environment, pw-of-the-credential, key-of-the-trainer-argument"}""",
            "-----BEGIN PRIVATE KEY-----",
            "line-of-a-private-key",
            "-----END PRIVATE KEY-----",
            "the last line");

        (int code, string output) = await RunAsync(config, bundle, variable);

        using ZipArchive zip = ZipFile.OpenRead(bundle);
        Assert.Equal(["README.txt", "checks.txt", "checks.json", "settings.txt", "log.txt"], zip.Entries.Select(entry => entry.Name));
        string all = string.Join('\n', zip.Entries.Select(Read)) + output;
        Assert.DoesNotContain(Secrets, secret => all.Contains(secret, StringComparison.Ordinal));
        Assert.DoesNotContain("private sentence", all, StringComparison.Ordinal);
        Assert.Contains("name = pump-1 (", all, StringComparison.Ordinal);
        Assert.NotEqual(0, code);
        using var checks = System.Text.Json.JsonDocument.Parse(Read(zip.GetEntry("checks.json")!));
        Assert.Equal("device", checks.RootElement.GetProperty("side").GetString());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(bundle));
        }
    }

    [Fact]
    public async Task A_bundle_takes_no_others_place()
    {
        string bundle = Write("bundle.zip", "something else");

        (int code, _, string error) = await CommandRunner.RunAsync(
            "doctor", "--name", "a", "--data", Write("d.jsonl", """{"text": "a", "label": "x"}"""), "--broker", "amqp://127.0.0.1:9/",
            "--state", Path.Combine(root, "s"), "--bundle", bundle);

        Assert.Equal(2, code);
        Assert.Contains("which is there already; name another file", error, StringComparison.Ordinal);
        Assert.Equal("something else", (await File.ReadAllTextAsync(bundle, Stop)).Trim());
    }

    private static string Read(ZipArchiveEntry entry)
    {
        using var reader = new StreamReader(entry.Open());
        return reader.ReadToEnd();
    }

    private static string JsonOf(string name, object value) =>
        $"{{{System.Text.Json.JsonSerializer.Serialize(name)}: {System.Text.Json.JsonSerializer.Serialize(value)}}}";

    private string Write(string name, params string[] lines)
    {
        string path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllLines(path, lines);
        return path;
    }

    /// <summary>In a process of its own, whose environment is the test's.</summary>
    private async Task<(int Code, string Output)> RunAsync(string config, string bundle, string brokerVariable)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = root };
        string[] arguments = [typeof(EdgeFloraCommand).Assembly.Location, "doctor", "--config", config, "--bundle", bundle];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        Write("credentials/broker-password", "pw-of-the-credential");
        string contexts = Write(
            "contexts.json",
            """{"current":"a","contexts":{"a":{"url":"https://h:1","token":"efo_token-of-a-context","fingerprint":null}}}""");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(contexts, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        start.Environment["EDGEFLORA_CONTEXTS"] = contexts;
        start.Environment["EDGEFLORA_AGENT__BROKER__PASSWORD"] = "pw-of-the-environment";
        start.Environment["CREDENTIALS_DIRECTORY"] = Path.Combine(root, "credentials");
        start.Environment["EDGEFLORA_AGENT_TOKEN"] = "efa_token-of-the-environment";
        start.Environment["EDGEFLORA_TOKEN"] = "efo_token-of-the-environment";
        start.Environment["HF_TOKEN"] = "hf-token-of-the-environment";
        start.Environment["OTHER_PASSWORD_FILE"] = Write("other.password", "pw-of-the-password-file");
        if (brokerVariable.Length > 0)
        {
            start.Environment["EDGEFLORA_BROKER"] = brokerVariable;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Stop), error = process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, await output + await error);
    }
}
