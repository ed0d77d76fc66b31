using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Commands.Torch;

/// <summary>A build of the torch engine in the source tree that this program was built in.</summary>
/// <param name="root">Of the source tree.</param>
/// <param name="configuration">That this program was built in; the engine must be of the same.</param>
/// <param name="natives">What libtorch is fetched for: <c>cpu</c>, <c>cuda-linux</c> or <c>cuda-windows</c>.</param>
internal sealed class TorchInstallation(string root, string configuration, string natives)
{
    private const string Project = "src/Learning.Torch/Learning.Torch.csproj";

    public string Natives => natives;

    public string LogFile { get; } = Path.Combine(root, "artifacts", "torch-install.log");

    /// <summary>What libtorch is fetched for on this system.</summary>
    /// <exception cref="InputException">There is no CUDA for this system.</exception>
    public static string Backend(bool cuda) => !cuda ? "cpu"
        : OperatingSystem.IsLinux() ? "cuda-linux"
        : OperatingSystem.IsWindows() ? "cuda-windows"
        : throw new InputException("--cuda: libtorch for NVIDIA GPUs exists for Linux and Windows; leave it out to install the one for this system");

    /// <param name="program">Folder of this program: <c>artifacts/bin/Cli/CONFIGURATION</c> of a source tree.</param>
    /// <exception cref="InputException">It is no source tree's.</exception>
    public static TorchInstallation For(string program, string natives)
    {
        string own = Path.TrimEndingDirectorySeparator(Path.GetFullPath(program));
        string root = Path.GetFullPath(Path.Combine(own, "..", "..", "..", ".."));
        return File.Exists(Path.Combine(root, Project))
            ? new TorchInstallation(root, Path.GetFileName(own), natives)
            : throw new InputException(
                $"the torch engine is built from the sources, and {own} belongs to no source tree; "
                    + $"use the torch image (infra/README.md) or a clone of the repository");
    }

    /// <param name="build">Runs <c>dotnet</c> with arguments, its output into a file; returns its exit code.</param>
    /// <exception cref="InputException">The build failed; the message is its first error and names the log.</exception>
    public async Task RunAsync(Func<IReadOnlyList<string>, string, CancellationToken, Task<int>> build, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LogFile)!);
        string[] arguments =
        [
            "build", Path.Combine(root, Project), "--configuration", Configuration, "--verbosity", "quiet", $"-p:TorchBackend={natives}",
        ];
        if (await build(arguments, LogFile, stop) != 0)
        {
            string? first = File.ReadLines(LogFile).FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase));
            throw new InputException(
                $"the torch engine could not be built: {first?.Trim() ?? "dotnet build failed"} (the whole log is in {LogFile})");
        }

        // Later builds, when the sources change, are of the same kind.
        AtomicFile.Write(
            Path.Combine(root, "artifacts", "torch-backend"),
            stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(natives + "\n")));
    }

    private string Configuration => configuration.Equals("debug", StringComparison.OrdinalIgnoreCase) ? "Debug" : "Release";
}
