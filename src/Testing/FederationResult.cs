using System.Text.Json;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;

namespace EdgeFlora.Testing;

/// <summary>What came of a federation's run.</summary>
public sealed class FederationResult
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private FederationResult(string folder, LoraAdapter adapter, IReadOnlyList<LedgerRound> ledger)
    {
        Folder = folder;
        Adapter = adapter;
        Ledger = ledger;
    }

    /// <summary>Folder with <c>adapter/</c> (PEFT) and <c>ledger.json</c>; gone with the federation.</summary>
    public string Folder { get; }

    /// <summary>The finished adapter.</summary>
    public LoraAdapter Adapter { get; }

    /// <summary>The rounds, in order.</summary>
    public IReadOnlyList<LedgerRound> Ledger { get; }

    /// <summary>Whether every round has its model.</summary>
    public bool IsComplete => Ledger.All(round => round.Figures is not null);

    /// <exception cref="FederationFailedException">There is no adapter, or no ledger.</exception>
    internal static FederationResult Read(string folder)
    {
        try
        {
            Written written = JsonSerializer.Deserialize<Written>(File.ReadAllBytes(Path.Combine(folder, "ledger.json")), Json)!;
            return new FederationResult(folder, PeftFolder.Read(Path.Combine(folder, "adapter")), written.Rounds);
        }
        catch (Exception broken) when (broken is IOException or JsonException or AdapterFormatException)
        {
            throw new FederationFailedException($"The run has no result that can be read: {broken.Message}", broken);
        }
    }

    private sealed record Written(IReadOnlyList<LedgerRound> Rounds);
}
