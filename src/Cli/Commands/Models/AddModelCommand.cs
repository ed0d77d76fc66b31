using System.CommandLine;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Archives;
using EdgeFlora.Adapters.BaseModels;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Live;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Models;

/// <summary><c>edgeflora models add</c>: sends a model's folder to the service, which keeps it and hands it to agents that lack it.</summary>
internal sealed class AddModelCommand : ServiceCommand
{
    private readonly Argument<string> folder;
    private readonly Option<string?> name;

    public AddModelCommand()
        : this(
            new("DIR") { Description = "Folder of the model in Hugging Face's layout: config.json, weights in safetensors form, a tokenizer" },
            new("--name") { Description = "What specs call it; without it the folder's name", HelpName = "NAME" })
    {
    }

    private AddModelCommand(Argument<string> folder, Option<string?> name)
        : base("add", "Add a base model to the service: agents that lack it fetch it from there.", folder, name) =>
        (this.folder, this.name) = (folder, name);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        string source = parsed.GetRequiredValue(folder);
        string called = parsed.GetValue(name) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source)));
        ModelArchive archive = Read(source);
        answer.Say($"sending '{called}' ({archive.Files.Count} files, {Shown.Bytes(archive.Size)}) to {client.Url}");
        answer.Show(
            await client.UploadAsync<ModelSummary>(
                $"/api/v1/models?name={Uri.EscapeDataString(called)}", archive.OpenRead, "application/x-tar", stop),
            model => [$"added '{model.Name}' ({model.Family}), {ModelText.Licence(model)}; weights {model.Sha256}"]);
        return ExitCode.Done;
    }

    /// <exception cref="InputException">It is no folder of a model that can be tuned.</exception>
    private static ModelArchive Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"DIR is '{folder}', which is no folder; give a folder with config.json and model.safetensors");
        }

        try
        {
            BaseModelFolder.Open(folder).Dispose();
            return ModelArchive.Of(folder);
        }
        catch (Exception wrong) when (wrong is AdapterFormatException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"DIR is '{folder}', which cannot be added: {wrong.Message}", wrong);
        }
    }
}
