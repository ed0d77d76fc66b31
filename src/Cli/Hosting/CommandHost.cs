using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.EdgeAgent.Configuration;

namespace EdgeFlora.Cli.Hosting;

/// <summary>
/// Runs one command line: parse errors and bad input become one line and exit code 2, signals become a clean stop, the unexpected names its log.
/// </summary>
internal sealed class CommandHost(RootCommand root, TextWriter output, TextWriter error)
{
    /// <param name="ending">Another's wish that the command stop, beside the signals.</param>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken ending = default)
    {
        ParseResult parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        string name = CommandName(parsed);
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync($"{name}: {SafeText.OneLine(parsed.Errors[0].Message)} (try {name} --help)");
            return ExitCode.BadInput;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ending);
        int signal = 0;
        using PosixSignalRegistration interrupt = StopOn(PosixSignal.SIGINT, ExitCode.Interrupted);
        using PosixSignalRegistration terminate = StopOn(PosixSignal.SIGTERM, ExitCode.Terminated);

        // Signals are handled here, for the library would end the process after two seconds whatever is still being written.
        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            // A command that was told to stop and came to a good end says so itself.
            return await parsed.InvokeAsync(invocation, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // 0 where it was no signal: a service manager that stops a service has its way.
            return signal;
        }
        catch (AgentConfigurationException mistakes)
        {
            foreach (string mistake in mistakes.Mistakes)
            {
                await error.WriteLineAsync($"{name}: {SafeText.OneLine(mistake)}");
            }

            return ExitCode.BadInput;
        }
        catch (ServiceUnreachableException silent)
        {
            await error.WriteLineAsync($"{name}: {SafeText.OneLine(silent.Message)}");
            return ExitCode.Unreachable;
        }
        catch (SpecException mistakes)
        {
            foreach (string line in mistakes.Lines)
            {
                await error.WriteLineAsync($"{name}: {SafeText.OneLine(line)}");
            }

            return ExitCode.BadInput;
        }
        catch (Exception mistake) when (Mistakes.Describe(mistake) is { } said)
        {
            await error.WriteLineAsync($"{name}: {SafeText.OneLine(SettingNames.AsTyped(said, parsed.CommandResult.Command))}");
            return ExitCode.BadInput;
        }
        catch (Exception unexpected) // the outermost loop: whatever it is, the user gets a line and not a stack trace
        {
            string log = await FailureLog.WriteAsync(name, unexpected);
            await error.WriteLineAsync($"{name}: {SafeText.OneLine(unexpected.Message)} (an unexpected failure; details are in {log})");
            return ExitCode.Failed;
        }

        PosixSignalRegistration StopOn(PosixSignal which, int code) => PosixSignalRegistration.Create(which, context =>
        {
            // The first asks for a clean stop; a second one, from somebody out of patience, ends the process at once.
            context.Cancel = Interlocked.CompareExchange(ref signal, code, 0) == 0;
            stop.Cancel();
        });
    }

    private static string CommandName(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult result; at = at.Parent)
        {
            names.Insert(0, result.Command is RootCommand ? "edgeflora" : result.Command.Name);
        }

        return string.Join(' ', names);
    }
}
