using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Engines;
using EdgeFlora.EdgeAgent.Engines;

namespace EdgeFlora.Cli.Commands.Torch;

/// <summary><c>edgeflora torch install</c>: fetches libtorch and builds the engine's program where this one finds it.</summary>
internal sealed class TorchInstallCommand : Command
{
    private readonly Option<bool> cuda = new("--cuda")
    {
        Description = "For NVIDIA GPUs (some 3 GB to download, 6 GB on disk); without it for the processor (130 MB, 530 MB)",
    };

    public TorchInstallCommand()
        : base("install", "Fetch libtorch and build the torch engine beside this program, so that --engine torch finds it.")
    {
        Options.Add(cuda);
        SetAction((parsed, stop) => RunAsync(parsed.GetValue(cuda), parsed.InvocationConfiguration.Output, stop));
    }

    private static async Task<int> RunAsync(bool cuda, TextWriter output, CancellationToken stop)
    {
        TorchInstallation installation = TorchInstallation.For(AppContext.BaseDirectory, TorchInstallation.Backend(cuda));
        await output.WriteLineAsync(
            $"Fetching libtorch ({installation.Natives}) and building the torch engine; this can take some minutes. Log: {installation.LogFile}");
        await installation.RunAsync(DotnetBuild.RunAsync, stop);

        // The worker says whether it can compute here; where it cannot, that is the user's to know now and not at the first training.
        try
        {
            EngineChoice choice = EngineSelection.Choose("torch", "auto", isolate: false, InstalledWorkers.Programs);
            await output.WriteLineAsync($"installed: {choice.Detail}");
            return ExitCode.Done;
        }
        catch (InputException refused)
        {
            throw new InputException($"the torch engine is built, but {refused.Message}", refused);
        }
    }
}
