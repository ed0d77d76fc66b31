using System.CommandLine;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>
/// Lets a service end when its standard input does: a supervisor can end it in good order, and it does not outlive a supervisor that was killed.
/// </summary>
internal static class StopWithInput
{
    public static Option<bool> Option() => new("--stop-with-input")
    {
        Description = "Stop in good order when standard input ends (for programs that start this one)",
    };

    /// <summary>A source that is cancelled with <paramref name="stop"/>, or, if <paramref name="watched"/>, at the end of standard input.</summary>
    public static CancellationTokenSource Link(bool watched, CancellationToken stop)
    {
        var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (watched)
        {
            var watch = new Thread(() => Await(ending)) { IsBackground = true, Name = "standard input" };
            watch.Start();
        }

        return ending;
    }

    private static void Await(CancellationTokenSource ending)
    {
        using Stream input = Console.OpenStandardInput();
        Span<byte> ignored = stackalloc byte[256];
        while (input.Read(ignored) > 0)
        {
        }

        try
        {
            ending.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The service had ended by itself.
        }
    }
}
