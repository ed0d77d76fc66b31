using System.Text.Json;
using EdgeFlora.Coordinator.Output;

namespace EdgeFlora.Cli.Demo;

/// <summary>The run's ledger as the coordinator wrote it.</summary>
internal sealed record RunLedger
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public required IReadOnlyList<RoundRecord> Rounds { get; init; }

    public required IReadOnlyList<EvaluationRecord> Evaluations { get; init; }

    /// <exception cref="DemoFailedException">The file is missing or no ledger.</exception>
    public static RunLedger Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<RunLedger>(File.ReadAllBytes(file), Json)!;
        }
        catch (Exception broken) when (broken is IOException or JsonException)
        {
            throw new DemoFailedException($"{file} is no ledger: {broken.Message}", broken);
        }
    }

    /// <summary>Accuracy of a round's global adapter on the central test set; round 0 is the base. Null if it was not measured.</summary>
    public double? Accuracy(int round) => Evaluations.FirstOrDefault(evaluation => evaluation.Round == round)?.Metrics.GlobalAccuracy;
}
