using System.Runtime.Intrinsics;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Engines;
using EdgeFlora.EdgeAgent.Engines;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>That what trains can be loaded, with its natives.</summary>
internal sealed class EngineCheck(DeviceContext device, WorkerPrograms programs) : ICheck
{
    public const string CheckName = "engine";

    public string Name => CheckName;

    public string Deed => device.Agent.Trainer is { } trainer
        ? $"looks for the trainer {trainer.Command[0]}"
        : $"starts the engine '{device.Agent.Engine}'";

    public TimeSpan Limit => TimeSpan.FromMinutes(2);

    private static string Vectors =>
        Vector512.IsHardwareAccelerated ? "vectors of 512 bits"
        : Vector256.IsHardwareAccelerated ? "vectors of 256 bits"
        : Vector128.IsHardwareAccelerated ? "vectors of 128 bits"
        : "no vectors";

    public Task<Finding> RunAsync(CancellationToken stop)
    {
        if (device.Agent.Trainer is { } trainer)
        {
            return Task.FromResult(Program(trainer.Command[0]));
        }

        try
        {
            EngineChoice choice = EngineSelection.Choose(device.Agent.Engine, device.Agent.Device, device.Agent.Isolate, programs);
            device.Engine = choice;
            return Task.FromResult(Finding.Ok($"{choice.Detail}; {Vectors}"));
        }
        catch (InputException unusable)
        {
            return Task.FromResult(Finding.Failed(unusable.Message, "edgeflora torch install, or --engine portable"));
        }
    }

    private static Finding Program(string command)
    {
        IEnumerable<string> places = command.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? [command]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, command));
        return places.FirstOrDefault(File.Exists) is not { } file
            ? Finding.Failed($"there is no program {command}", "install it, or correct trainer.command")
            : !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) == 0
            ? Finding.Failed($"{file} may not be executed", $"chmod u+x '{file}'")
            : Finding.Ok($"{file} is there; it is not started");
    }
}
