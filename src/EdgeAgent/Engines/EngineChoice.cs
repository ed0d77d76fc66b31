using EdgeFlora.Learning.Remote;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Engines;

/// <summary>The engine that trains, and how it came to it.</summary>
/// <param name="Why">Why <c>auto</c> took it, with what would help if that is not torch; null if the engine was asked for.</param>
internal sealed record EngineChoice(IEngine Engine, string? Why = null)
{
    /// <summary>In a few words: <c>engine portable, 2 threads (auto: torch is not installed)</c>.</summary>
    public string Brief(int threads)
    {
        string device = Engine is RemoteEngine { Name: "torch", Probe.Device: { Length: > 0 } kind } ? $" on {kind}" : "";
        return $"engine {Engine.Name}{device}, "
            + $"{threads} {(threads == 1 ? "thread" : "threads")}{(Why is { } reason ? $" (auto: {Head(reason)})" : "")}";
    }

    /// <summary>Everything there is to know: device and versions, and why this engine.</summary>
    public string Detail => $"engine {Engine.Name} on {Engine.Device}{(Why is { } reason ? $"; auto: {reason}" : "")}";

    // What failed comes first; causes and cures follow it.
    private static string Head(string reason) => reason.Split([':', ';', '('], 2)[0].TrimEnd();
}
