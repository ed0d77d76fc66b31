using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Engines;
using Microsoft.Extensions.Configuration;

namespace EdgeFlora.EdgeAgent.Hosting;

/// <summary>
/// Settings of an agent within a product: those of <c>edgeflora agent</c> (docs/agent.md), with the same checks. Weakest first they come from an
/// enrolment in the state folder, <see cref="ConfigurationFile"/>, <see cref="Section"/> and <see cref="Settings"/>; a property here is one of
/// <see cref="Settings"/>. Environment variables count only where <see cref="Section"/> brings them.
/// </summary>
public sealed class EdgeAgentOptions
{
    /// <summary>A YAML file of settings, as <c>edgeflora agent --config</c> reads it; null (the default): none.</summary>
    public string? ConfigurationFile { get; set; }

    /// <summary>A section of the product's configuration that holds the same settings; null (the default): none.</summary>
    public IConfiguration? Section { get; set; }

    /// <summary>
    /// Settings by the names of the reference: <c>["limits.threads"] = "2"</c>, <c>["data[0].task"] = "lm"</c>, <c>["broker.ca"] = "ca.pem"</c>.
    /// </summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary><c>name</c>: name of the agent, unique at its broker, 1 … 64 of <c>a-z 0-9 -</c>. Needed.</summary>
    public string? Name { get; set; }

    /// <summary><c>state</c>: folder for journal, checkpoints and cache; one agent, one folder. Null: <c>agent-NAME-state</c>.</summary>
    public string? StateFolder { get; set; }

    /// <summary><c>broker.url</c>: RabbitMQ, <c>amqp[s]://user:password@host:port/vhost</c>.</summary>
    public string? Broker { get; set; }

    /// <summary><c>data[0].file</c>: private data to train on, JSONL, CSV or TSV.</summary>
    public string? DataFile { get; set; }

    /// <summary><c>models.NAME</c>: folder of a base model in Hugging Face's layout; its own name is the model's.</summary>
    public string? ModelFolder { get; set; }

    /// <summary>An engine of the product's; null (the default): EdgeFlora's, as <c>engine</c> says.</summary>
    public ITrainingEngine? TrainingEngine { get; set; }

    /// <summary>The clock of everything that the agent waits for.</summary>
    internal TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Everything that is wrong at once, or what the settings come to.</summary>
    /// <exception cref="AgentConfigurationException">Settings are missing or wrong; all of them are named.</exception>
    internal ConfiguredAgent Read()
    {
        var configuration = AgentConfiguration.LoadEmbedded(ConfigurationFile, EmbeddedSettings.Of(Section), EmbeddedSettings.Of(this));
        EmbeddedSettings.RequireEngine(configuration, TrainingEngine);
        return new AgentSettingsReader(configuration, standardModel: null).Read();
    }
}
