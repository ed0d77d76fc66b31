using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Cli.Agent;

/// <summary>The engine that trains, and how it came to it.</summary>
/// <param name="TorchMissing">Why <c>auto</c> did not take torch, with what would help; null if it did, or was not asked.</param>
internal sealed record EngineChoice(IEngine Engine, string? TorchMissing = null)
{
    /// <summary>In a few words: <c>engine portable, 2 threads (torch: not in this build)</c>.</summary>
    public string Brief(int threads)
    {
        string device = Engine is RemoteEngine { Name: "torch", Probe.Device: { Length: > 0 } kind } ? $" on {kind}" : "";
        return $"engine {Engine.Name}{device}, {threads} {(threads == 1 ? "thread" : "threads")}{(TorchMissing is { } reason ? $" (torch: {Head(reason)})" : "")}";
    }

    /// <summary>Everything there is to know: device and versions, and why not torch.</summary>
    public string Detail => $"engine {Engine.Name} on {Engine.Device}{(TorchMissing is { } reason ? $"; torch: {reason}" : "")}";

    // What failed comes first; causes and cures follow it.
    private static string Head(string reason) => reason.Split([':', ';', '('], 2)[0].TrimEnd();
}
