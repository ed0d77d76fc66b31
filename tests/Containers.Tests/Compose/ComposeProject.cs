using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using EdgeFlora.Containers.Tests.Given;
using EdgeFlora.Testing.Content;
using EdgeFlora.Testing.Network;
using EdgeFlora.Testing.Tests.Packages;

namespace EdgeFlora.Containers.Tests.Compose;

/// <summary><c>compose.yaml</c> with everything that it mounts, in a folder of its own, and an operator at the command line.</summary>
internal sealed class ComposeProject : IAsyncDisposable
{
    /// <summary>Docker Compose 2 as a program; without it the one of the <c>docker</c> command.</summary>
    private const string Variable = "EDGEFLORA_COMPOSE";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edgeflora-compose-");
    private readonly int[] ports = FreePorts.Take(2);
    private readonly string name = $"edgeflora-test-{Guid.NewGuid():N}"[..24];
    private readonly Dictionary<string, string> environment = [];
    private string[] command = [];

    private ComposeProject()
    {
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>
    /// Puts everything in place, makes the secrets and brings it up until all is healthy. Skips the calling test where there is no Compose.
    /// </summary>
    public static async Task<ComposeProject> UpAsync()
    {
        await Engine.RequireImagesAsync();
        var project = new ComposeProject();
        try
        {
            await project.PrepareAsync();
            await project.ComposeAsync("up", "--no-build", "--detach", "--wait", "--wait-timeout", "420");
            await project.EnterAsync();
            return project;
        }
        catch
        {
            await project.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command of Compose; it must end well.</summary>
    public async Task<string> ComposeAsync(params string[] arguments)
    {
        ProgramRun run = await TryAsync(arguments);
        if (run.ExitCode != 0)
        {
            TestContext.Current.TestOutputHelper?.WriteLine((await TryAsync("ps", "--all")).Said);
        }

        return run.Ok();
    }

    /// <summary>Runs <c>edgeflora</c> as an operator on this machine does, at whichever coordinator leads; it must end well.</summary>
    public async Task<string> OperateAsync(params string[] arguments)
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Cli", configuration, "edgeflora.dll"));
        Assert.True(File.Exists(program), $"there is no {program}; build src/Cli first");
        return (await ProgramRun.OfAsync("dotnet", [program, .. arguments], environment, Stop)).Ok();
    }

    public async Task<JsonNode> RunAsync(string id) => JsonNode.Parse(await OperateAsync("runs", "show", id, "--json"))!;

    /// <summary>Waits until what is said of a run is so.</summary>
    public async Task<JsonNode> UntilAsync(string id, string what, Func<JsonNode, bool> isSo)
    {
        DateTimeOffset until = TimeProvider.System.GetUtcNow() + Patience;
        while (true)
        {
            JsonNode run = await RunAsync(id);
            if (isSo(run))
            {
                return run;
            }

            Assert.True(TimeProvider.System.GetUtcNow() < until, $"the run has not come to this within {Patience:c}: {what}: {run}");
            await Task.Delay(Pause, Stop);
        }
    }

    /// <summary>Waits until one of the coordinators leads, and makes it the one that is spoken to.</summary>
    /// <returns>Name of its container's service.</returns>
    public async Task<string> LeaderAsync()
    {
        DateTimeOffset until = TimeProvider.System.GetUtcNow() + Patience;
        string[] answers = new string[ports.Length];
        while (true)
        {
            for (int i = 0; i < ports.Length; i++)
            {
                answers[i] = await AskAsync(ports[i]);
                if (answers[i] == "ready")
                {
                    environment["EDGEFLORA_URL"] = Address(ports[i]);
                    return string.Create(CultureInfo.InvariantCulture, $"coordinator-{i + 1}");
                }
            }

            Assert.True(
                TimeProvider.System.GetUtcNow() < until, $"no coordinator leads within {Patience:c}; they say: {string.Join(" | ", answers)}");
            await Task.Delay(Pause, Stop);
        }
    }

    public string In(string path) => Path.Combine(folder.FullName, path);

    public async ValueTask DisposeAsync()
    {
        if (command.Length > 0)
        {
            // Shown where the test failed: what the others did then tells most.
            TestContext.Current.TestOutputHelper?.WriteLine((await TryAsync("logs", "--no-color", "--tail", "60")).Said);
            await TryAsync("down", "--volumes", "--timeout", "2");
        }

        folder.Delete(recursive: true);
    }

    private static string Address(int port) => string.Create(CultureInfo.InvariantCulture, $"https://localhost:{port}/");

    private async Task PrepareAsync()
    {
        command = await FindAsync();
        string mounted = In("infra/compose");
        Directory.CreateDirectory(mounted);
        File.Copy(Path.Combine(PackedPackages.Root, "compose.yaml"), In("compose.yaml"));
        foreach (string file in Directory.GetFiles(Path.Combine(PackedPackages.Root, "infra", "compose")))
        {
            File.Copy(file, Path.Combine(mounted, Path.GetFileName(file)));
        }

        Directory.CreateDirectory(In("data"));
        foreach (string agent in (string[])["agent-1", "agent-2", "agent-3"])
        {
            await File.WriteAllTextAsync(In($"data/{agent}.jsonl"), MadeUpTexts.Of(agent), Stop);
        }

        await File.WriteAllLinesAsync(In("data/labels.txt"), MadeUpTexts.Labels, Stop);
        environment["EDGEFLORA_DATA"] = In("data");
        environment["EDGEFLORA_PORT"] = ports[0].ToString(CultureInfo.InvariantCulture);
        environment["EDGEFLORA_PORT_2"] = ports[1].ToString(CultureInfo.InvariantCulture);
        environment["EDGEFLORA_CONTEXTS"] = In("contexts.json");
        (await ProgramRun.OfAsync("bash", [Path.Combine(mounted, "secrets.sh")], environment, Stop)).Ok();
    }

    private static async Task<string[]> FindAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } program)
        {
            return [program];
        }

        try
        {
            if ((await ProgramRun.OfAsync("docker", ["compose", "version"], new Dictionary<string, string>(), Stop)).ExitCode == 0)
            {
                return ["docker", "compose"];
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no docker command at all.
        }

        const string Absent = $"there is no Docker Compose 2: neither docker compose nor what {Variable} names";
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") is { Length: > 0 }, Absent);
        Assert.Fail(Absent);
        return [];
    }

    /// <summary>What an operator takes from the state folder: the first token, and the certificate's fingerprint.</summary>
    private async Task EnterAsync()
    {
        await LeaderAsync();
        await ComposeAsync("cp", "coordinator-1:/state/first-operator.token", In("token"));
        await ComposeAsync("cp", "coordinator-1:/state/api-certificate.pem", In("api.pem"));
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(In("api.pem"));
        environment["EDGEFLORA_FINGERPRINT"] = $"sha256:{Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256))}";
        environment["EDGEFLORA_TOKEN"] = (await File.ReadAllTextAsync(In("token"), Stop)).Trim();
    }

    /// <summary>The first line of an answer to <c>/readyz</c>, or why there is none. It is public, and no secret is sent.</summary>
    private static async Task<string> AskAsync(int port)
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
        client.DefaultRequestHeaders.ConnectionClose = true;
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/plain"));
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri($"{Address(port)}readyz"), Stop);
            string text = (await answer.Content.ReadAsStringAsync(Stop)).Trim();
            return answer.IsSuccessStatusCode ? "ready" : $"{(int)answer.StatusCode} {text}";
        }
        catch (Exception silent) when (silent is HttpRequestException || (silent is OperationCanceledException && !Stop.IsCancellationRequested))
        {
            return silent.Message;
        }
    }

    private Task<ProgramRun> TryAsync(params string[] arguments) => ProgramRun.OfAsync(
        command[0],
        [.. command[1..], "--project-name", name, "--project-directory", folder.FullName, "--file", In("compose.yaml"), .. arguments],
        environment,
        TestContext.Current.CancellationToken);
}
