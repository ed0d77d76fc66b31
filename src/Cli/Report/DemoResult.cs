using System.Text.Json;

namespace EdgeFlora.Cli.Report;

/// <summary>What a demo run came to. The JSON form is stable; <c>docs/demo-json.md</c> describes it.</summary>
internal sealed record DemoResult
{
    public required ulong Seed { get; init; }

    public required string Strategy { get; init; }

    public required int Agents { get; init; }

    public required IReadOnlyList<RoundResult> Rounds { get; init; }

    /// <summary>Accuracy before the first round on the central test set, 0 … 1.</summary>
    public required double BaseAccuracy { get; init; }

    /// <summary>Mean accuracy on the central test set of the agents trained alone; null without baselines.</summary>
    public double? LocalOnlyAccuracyMean { get; init; }

    /// <summary>Accuracy of the last global adapter on the central test set, 0 … 1.</summary>
    public required double FinalGlobalAccuracy { get; init; }

    /// <summary>Accuracy on the central test set of one training on all agents' data together; null without baselines.</summary>
    public double? CentralisedAccuracy { get; init; }

    /// <summary>What the agents learnt alone, merged in several ways; null without baselines.</summary>
    public MergeFigures? Merges { get; init; }

    public required ByteTotals Bytes { get; init; }

    public required SecondTotals Seconds { get; init; }

    public required IReadOnlyList<FaultResult> Faults { get; init; }

    /// <summary>The folder of the resulting adapter.</summary>
    public required string Adapter { get; init; }

    /// <summary>SHA-256 of the adapter's weights file, lower-case hexadecimal.</summary>
    public required string AdapterSha256 { get; init; }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Indented UTF-8 JSON with a final line break.</summary>
    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n'];
}

/// <summary>One committed or skipped round.</summary>
internal sealed record RoundResult
{
    public required int Round { get; init; }

    /// <summary>Agents offered a task.</summary>
    public required int Offered { get; init; }

    /// <summary>Agents whose update is in the aggregate.</summary>
    public required int Accepted { get; init; }

    /// <summary>Agents whose lease ended in silence, who declined or who failed.</summary>
    public required int Dropped { get; init; }

    /// <summary>Agents still at work when the round's inputs were frozen.</summary>
    public required int Late { get; init; }

    public required IReadOnlyList<Refusal> Rejected { get; init; }

    /// <summary>Null for a skipped round.</summary>
    public DivergenceResult? Divergence { get; init; }

    /// <summary>Accuracy of the round's global adapter on the central test set, 0 … 1.</summary>
    public double? GlobalAccuracy { get; init; }

    /// <summary>Mean over the accepted agents of their own adapters' accuracy on their held-out data, 0 … 1.</summary>
    public double? LocalAccuracyMean { get; init; }

    public required long BytesUp { get; init; }

    public required long BytesDown { get; init; }

    public required double Seconds { get; init; }
}

internal sealed record Refusal(string Agent, string Reason);

/// <summary>
/// Relative Frobenius distance of an aggregate from the ideal update: the published one, what FedIT would have had, and the Eckart–Young bound.
/// </summary>
internal sealed record DivergenceResult(double Used, double FedIt, double Bound);

/// <summary>Bytes of all accepted updates as sent, as fp32 factors, and as whole models.</summary>
internal sealed record ByteTotals(long Up, long Fp32Factors, long FullModel);

internal sealed record SecondTotals(double Federated, double Total);

/// <summary>A fault the demo caused, and what came of it.</summary>
/// <param name="Agent">Null if the coordinator was struck.</param>
/// <param name="Survived">Whether it was seen, dealt with, and the run went on.</param>
internal sealed record FaultResult(string Fault, int Round, string? Agent, string Outcome, bool Survived);
