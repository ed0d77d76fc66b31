using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EdgeFlora.Adapters.Provenance;
using EdgeFlora.Aggregation;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Storage;

namespace EdgeFlora.Coordinator.Provenance;

/// <summary>
/// Where a model of a run comes from, as it is signed beside the model's files. Made of what is stored, as of the model's round: the same for the
/// same model, whenever it is asked for.
/// </summary>
internal sealed class RunProvenance(JsonObject predicate, ProvenanceKey key)
{
    private static readonly string? Version =
        typeof(RunProvenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <param name="model">Of a committed round.</param>
    public static RunProvenance Of(
        CoordinatorOptions options, Guid run, BaseModelRef baseModel, StoredModel model, RunReader reader, ProvenanceKey key)
    {
        StoredModel[] models = [.. reader.Models().Where(earlier => earlier.Round <= model.Round)];
        bool isPrivate = options.Privacy is not null;
        JsonObject said = JsonSerializer.SerializeToNode(
            new
            {
                madeBy = $"edgeflora {Version}",
                run = new { id = run, options.Name, model.Round },
                @base = baseModel,
                adapterSha256 = model.Claim.Sha256,
                baseDeltaSha256 = model.BaseDelta?.Sha256,
                commitSha256 = model.CommitSha256,
                startedFromSha256 = models.FirstOrDefault(first => first.Round == 0)?.Claim.Sha256,
                settings = new
                {
                    options.Task,
                    options.Labels,
                    options.Seed,
                    options.Lora,
                    training = options.TrainingIn(model.Round),
                    aggregation = Settings(options.Aggregation),
                    options.Privacy,
                },
                rollouts = Rollouts(options, model.Round),
                rounds = models.Where(committed => committed.Round > 0).Select(committed => new
                {
                    committed.Round,
                    adapterSha256 = committed.Claim.Sha256,
                    committed.CommitSha256,
                    committed.Figures?.Epsilon,
                }),
                privacy = isPrivate ? new { epsilon = model.Figures?.Epsilon, options.Privacy!.Delta, of = "each agent's data as a whole" } : null,

                // Who took part is what no noise protects.
                contributors = isPrivate ? null : Contributors(models, run, reader, key),
            },
            Json)!.AsObject();
        return new RunProvenance(said, key);
    }

    /// <summary>Writes a folder of known files as a whole or not at all, with the statement of their origin beside them.</summary>
    /// <param name="write">Writes the files into a folder that it is given.</param>
    public void Seal(string folder, IReadOnlyCollection<string> fileNames, Action<string> write) => AtomicFolder.Write(
        folder,
        [.. fileNames, .. AdapterProvenance.FileNames],
        temporary =>
        {
            write(temporary);
            AdapterProvenance.Seal(temporary, predicate.DeepClone().AsObject(), key.PublicPem, key.Sign);
        });

    /// <summary>
    /// What some agents trained with first, in rounds up to a model's, as it stood in its round: nothing that came later changes what is said of it.
    /// </summary>
    /// <returns>Null: nothing was tried by then.</returns>
    private static object[]? Rollouts(CoordinatorOptions options, int round)
    {
        IEnumerable<object> over = (options.Tried ?? []).Where(tried => tried.First.FromRound <= round)
            .Select(tried => round <= tried.UntilRound
                ? Rollout(tried.First, tried.Others, untilRound: null, "underWay")
                : Rollout(tried.First, tried.Others, tried.UntilRound, tried.IsFinished ? "finished" : "withdrawn"));
        IEnumerable<object> present = options.First is { } first && first.FromRound <= round
            ? [Rollout(first, options.Training, untilRound: null, "underWay")]
            : [];
        object[] all = [.. over, .. present];
        return all.Length == 0 ? null : all;
    }

    private static object Rollout(FirstAgents first, TrainingOptions others, int? untilRound, string state)
    {
        JsonObject before = JsonSerializer.SerializeToNode(others, Json)!.AsObject();
        JsonObject tried = JsonSerializer.SerializeToNode(first.Training, Json)!.AsObject();

        // One that is left out, for it is as by default, is written as null.
        var set = new JsonObject(
            tried.Select(setting => setting.Key).Union(before.Select(setting => setting.Key)).Order(StringComparer.Ordinal)
                .Where(setting => !JsonNode.DeepEquals(tried[setting], before[setting]))
                .Select(setting => KeyValuePair.Create(setting, tried[setting]?.DeepClone())));
        return new { set, agents = first.Names.Count, first.FromRound, untilRound, state };
    }

    private static IEnumerable<object> Contributors(StoredModel[] models, Guid run, RunReader reader, ProvenanceKey key) => models
        .SelectMany(
            model => model.Figures?.Accepted ?? [.. reader.Manifest(model.Round).Where(entry => entry.Reason is null).Select(entry => entry.Agent)])
        .GroupBy(agent => key.Pseudonym(run, agent), StringComparer.Ordinal)
        .OrderBy(agent => agent.Key, StringComparer.Ordinal)
        .Select(agent => new { pseudonym = agent.Key, rounds = agent.Count() });

    /// <summary>Threads change no bit, and are the machine's.</summary>
    private static JsonObject Settings(AggregationOptions options)
    {
        JsonObject settings = JsonSerializer.SerializeToNode(options, Json)!.AsObject();
        settings.Remove("threads");
        return settings;
    }
}
