using System.CommandLine;
using System.Text.Json;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.EdgeAgent.Configuration;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary><c>edgeflora agent config</c>: what an agent's settings come to, and where each is given.</summary>
internal sealed class AgentConfigCommand : Command
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly AgentArguments arguments = new();
    private readonly Option<bool> json = new("--json") { Description = "Write JSON" };

    public AgentConfigCommand()
        : base("config", "Show an agent's settings, and where each comes from; secrets stay hidden.")
    {
        foreach (Option option in arguments.All.Append(json))
        {
            Options.Add(option);
        }

        SetAction(Show);
    }

    private int Show(ParseResult parsed)
    {
        AgentConfiguration configuration = arguments.Configuration(parsed);
        new AgentSettingsReader(configuration, ModelOption.EmbeddedFolder).Read();
        IReadOnlyList<EffectiveSetting> settings = configuration.Effective();
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(json))
        {
            output.WriteLine(JsonSerializer.Serialize(settings.Select(Row), Format));
            return ExitCode.Done;
        }

        int names = settings.Max(setting => setting.Name.Length);
        int values = settings.Max(setting => Math.Min(setting.Value.Length, 60));
        foreach (EffectiveSetting setting in settings)
        {
            output.WriteLine(SafeText.OneLine($"{setting.Name.PadRight(names)}  {setting.Value.PadRight(values)}  {setting.Origin}"));
        }

        return ExitCode.Done;
    }

    private static object Row(EffectiveSetting setting) => new
    {
        setting.Name,
        setting.Value,
        Origin = new
        {
            Kind = setting.Origin.Kind.ToString().ToLowerInvariant(),
            Name = setting.Origin.Name.Length > 0 ? setting.Origin.Name : null,
            Line = setting.Origin.Line > 0 ? setting.Origin.Line : (int?)null,
        },
    };
}
