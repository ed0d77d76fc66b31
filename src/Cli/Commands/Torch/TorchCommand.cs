using System.CommandLine;

namespace EdgeFlora.Cli.Commands.Torch;

/// <summary><c>edgeflora torch</c>: the engine on libtorch, which is fetched only where it is asked for.</summary>
internal sealed class TorchCommand : Command
{
    public TorchCommand()
        : base("torch", "The torch engine: native libraries of PyTorch, for NVIDIA GPUs and for comparison.")
    {
        Subcommands.Add(new TorchInstallCommand());
    }
}
