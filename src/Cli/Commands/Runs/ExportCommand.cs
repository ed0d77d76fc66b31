using System.CommandLine;
using System.IO.Compression;
using System.Text.Json.Nodes;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Runs;

/// <summary><c>edgeflora runs export</c>.</summary>
internal sealed class ExportCommand : ServiceCommand
{
    /// <summary>Where agents keep factors or the head, in the place of <c>adapter</c>.</summary>
    private const string Shared = "shared";

    private readonly Argument<string> id;
    private readonly Option<int?> round;
    private readonly Option<string> target;

    public ExportCommand()
        : this(
            RunsCommand.IdArgument(),
            new("--round") { Description = "Round whose model is wanted; without it the newest committed one", HelpName = "N" },
            new("--out") { Description = "Folder that receives adapter/ and ledger.json", HelpName = "DIR", DefaultValueFactory = _ => "run-output" })
    {
    }

    private ExportCommand(Argument<string> id, Option<int?> round, Option<string> target)
        : base("export", "Write a run's adapter (a PEFT folder) and its ledger to this machine.", id, round, target) =>
        (this.id, this.round, this.target) = (id, round, target);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string folder = parsed.GetRequiredValue(target);
        string path = await RunsCommand.PathAsync(client, parsed.GetRequiredValue(id), stop);
        string written = await WriteAsync(client, path, parsed.GetValue(round), folder, stop);
        string what = written == Shared ? "what agents share, which is no adapter," : "adapter";
        answer.Show(
            new { folder = Path.GetFullPath(folder) },
            _ => [$"{what} in {Path.Combine(folder, written)}, ledger in {Path.Combine(folder, "ledger.json")}"]);
        return ExitCode.Done;
    }

    /// <summary>Writes a run's adapter and ledger. A download that breaks off leaves nothing in <paramref name="folder"/>.</summary>
    /// <returns>The folder in it that received the model.</returns>
    public static async Task<string> WriteAsync(ServiceClient client, string path, int? round, string folder, CancellationToken stop)
    {
        string archive = Path.GetTempFileName();
        try
        {
            await using (FileStream download = File.Create(archive))
            {
                await client.DownloadAsync($"{path}/adapter{(round is { } one ? FormattableString.Invariant($"?round={one}") : "")}", download, stop);
            }

            JsonObject ledger = await client.GetAsync<JsonObject>($"{path}/ledger", stop);
            Directory.CreateDirectory(folder);
            await ZipFile.ExtractToDirectoryAsync(archive, folder, overwriteFiles: true, stop);
            JsonFile.Write(Path.Combine(folder, "ledger.json"), ledger);
            await using ZipArchive content = await ZipFile.OpenReadAsync(archive, stop);
            return content.Entries.Any(entry => entry.FullName.StartsWith(Shared + "/", StringComparison.Ordinal)) ? Shared : "adapter";
        }
        finally
        {
            File.Delete(archive);
        }
    }
}
