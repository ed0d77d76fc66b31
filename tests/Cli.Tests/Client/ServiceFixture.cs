using EdgeFlora.Cli.Client;
using EdgeFlora.Coordinator.Tests.Api.Fakes;

namespace EdgeFlora.Cli.Tests.Client;

/// <summary>A service over TLS, known to the commands as the contexts <c>olga</c> (may operate) and <c>vera</c> (may view).</summary>
public sealed class ServiceFixture : IAsyncLifetime
{
    internal ServedApi Api { get; private set; } = null!;

    /// <summary>Folder of these tests' files.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("edgeflora-cli-").FullName;

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable(ContextFile.Variable, Path.Combine(Folder, "own", "contexts.json"));
        Api = await ServedApi.StartAsync();
        await AddContextAsync("vera", Api.View, Api.Fingerprint);
        await AddContextAsync("olga", Api.Operate, Api.Fingerprint);
    }

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable(ContextFile.Variable, null);
        await Api.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    public string Write(string name, string text)
    {
        string file = Path.Combine(Folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>Runs a command that must succeed; returns what it said.</summary>
    public async Task<string> OkAsync(params string[] arguments)
    {
        (int code, string output, string error) = await CommandRunner.RunAsync(arguments);
        Assert.True(code == 0 && error.Length == 0, $"{string.Join(' ', arguments)}: exit code {code}: {error} (files in {Folder})");
        return output;
    }

    /// <summary>Submits a run; returns its id.</summary>
    public async Task<string> SubmitAsync(string spec = "labels: [spam, ham]")
    {
        string output = await OkAsync("runs", "submit", Write("run.yaml", spec), "--context", "olga", "--json");
        return System.Text.Json.Nodes.JsonNode.Parse(output)!["summary"]!["id"]!.GetValue<string>();
    }

    public Task<string> AddContextAsync(string name, string token, string? fingerprint) =>
        OkAsync(
            ["context", "add", name, Api.Address.ToString(), "--token-file", Write($"{name}.token", token + "\n"), .. fingerprint is null
                ? Array.Empty<string>()
                : ["--fingerprint", fingerprint]]);
}
