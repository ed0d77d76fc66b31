using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Live;

/// <summary>Nothing waits in silence: says whenever a run waits for something else; of work under way, which events tell of, when it lasts.</summary>
/// <param name="look">The run as it stands; null: there is none to speak of.</param>
internal sealed class WaitLines(Func<CancellationToken, Task<RunSummary?>> look, RunDisplay display, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Looks again and again until stopped; what the looks throw passes through.</summary>
    public async Task SayAsync(CancellationToken stop)
    {
        string? said = null, seen = null;
        while (true)
        {
            if (await look(stop) is { Waiting: { } waiting } run)
            {
                // What it waits for, without the times in its sentence, which go down from look to look.
                string topic = $"{waiting.Kind} {waiting.Present} {waiting.Needed} {string.Join(',', waiting.Agents)}";
                if (display.IsTable || (Lasts(waiting.Kind, topic == seen) && topic != said))
                {
                    display.Note($"{run.State}: {waiting.Sentence}");
                    said = topic;
                }

                seen = topic;
            }

            await Task.Delay(Pause, clock, stop);
        }
    }

    /// <summary>
    /// Agents that come, a turn and work under way are told of by events as well: only what lasts from one look to the next is worth a line.
    /// </summary>
    private static bool Lasts(WaitKind kind, bool again) => again || kind is WaitKind.Operator or WaitKind.Evaluators or WaitKind.Broker;
}
