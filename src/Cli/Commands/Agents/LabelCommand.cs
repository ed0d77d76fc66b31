using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Agents;

/// <summary><c>edgeflora agents label</c>.</summary>
internal sealed class LabelCommand : ServiceCommand
{
    private readonly Argument<string> name;
    private readonly Argument<string[]> labels;

    public LabelCommand()
        : this(
            AgentsCommand.NameArgument(),
            new("LABEL") { Description = "key=value sets a label, key- takes it away", Arity = ArgumentArity.OneOrMore })
    {
    }

    private LabelCommand(Argument<string> name, Argument<string[]> labels)
        : base("label", "Set labels of an agent, or take them away.", name, labels) => (this.name, this.labels) = (name, labels);

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        LabelChange change = Change(parsed.GetRequiredValue(labels));
        AgentDetail agent = await client.CommandAsync<AgentDetail>(
            HttpMethod.Patch, $"{AgentsCommand.Path(parsed.GetRequiredValue(name))}/labels", change, stop);
        answer.Show(agent, detail => AgentText.Table([detail.Summary]));
        return ExitCode.Done;
    }

    private static LabelChange Change(IReadOnlyList<string> labels)
    {
        var set = new Dictionary<string, string>();
        var remove = new List<string>();
        foreach (string label in labels)
        {
            string[] parts = label.Split('=');
            if (parts.Length == 2 && parts.All(part => part.Length > 0))
            {
                set[parts[0]] = parts[1];
            }
            else if (parts.Length == 1 && label.Length > 1 && label.EndsWith('-'))
            {
                remove.Add(label[..^1]);
            }
            else
            {
                throw new InputException($"LABEL is '{label}'; it must be key=value, or key- to take a label away");
            }
        }

        return new LabelChange { Set = set, Remove = remove };
    }
}
