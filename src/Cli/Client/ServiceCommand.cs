using System.CommandLine;

namespace EdgeFlora.Cli.Client;

/// <summary>A command that asks a service for something and shows the answer, as a table or as JSON.</summary>
internal abstract class ServiceCommand : Command
{
    private readonly ConnectionOptions connection = new();
    private readonly Option<bool> json = new("--json") { Description = "Answer in JSON, as the API has it" };

    protected ServiceCommand(string name, string purpose, params IEnumerable<Symbol> symbols)
        : base(name, purpose)
    {
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                Arguments.Add(argument);
            }
            else
            {
                Options.Add((Option)symbol);
            }
        }

        foreach (Option option in connection.All.Append(json))
        {
            Options.Add(option);
        }

        SetAction(async (parsed, stop) =>
        {
            using var client = new ServiceClient(connection.Read(parsed))
            {
                Waits = parsed.InvocationConfiguration.Error.WriteLine,
            };
            return await RunAsync(client, parsed, new Answer(parsed.InvocationConfiguration.Output, parsed.GetValue(json)), stop);
        });
    }

    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop);
}
