using System.Diagnostics;

namespace EdgeFlora.Containers.Tests.Compose;

/// <summary>A program that ran to its end.</summary>
/// <param name="Said">On standard output.</param>
/// <param name="Complained">On standard error.</param>
internal sealed record ProgramRun(string Line, int ExitCode, string Said, string Complained)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    /// <summary>Runs it, for at most eight minutes.</summary>
    /// <exception cref="TimeoutException">It had not ended by then; the message has what it said.</exception>
    public static async Task<ProgramRun> OfAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken stop)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        string line = $"{program} {string.Join(' ', start.ArgumentList)}";
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        Task<string> said = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> complained = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            string words = await said + await complained;
            throw new TimeoutException($"{line} had not ended within {Limit:c}: {words}");
        }

        return new ProgramRun(line, process.ExitCode, await said, await complained);
    }

    /// <summary>What it said, if it ended well.</summary>
    public string Ok()
    {
        Assert.True(ExitCode == 0, $"{Line}: exit code {ExitCode}: {Said}{Complained}");
        return Said;
    }
}
