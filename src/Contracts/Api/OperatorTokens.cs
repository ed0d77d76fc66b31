using System.Text.Json.Serialization;

namespace EdgeFlora.Contracts.Api;

/// <summary>What an operator token allows.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OperatorRole>))]
public enum OperatorRole
{
    /// <summary>To look at everything but secrets.</summary>
    View,

    /// <summary>To do everything.</summary>
    Operate,
}

/// <summary>An operator token, without the secret.</summary>
public sealed record OperatorTokenSummary(string Name, OperatorRole Role, DateTimeOffset CreatedAt);

/// <summary>Asks for a new operator token.</summary>
/// <param name="Name">1 … 63 letters, digits, '.', '_' and '-'; not in use.</param>
public sealed record NewOperatorToken(string Name, OperatorRole Role);

/// <summary>A new operator token. The secret is shown this once; the service keeps only its hash.</summary>
public sealed record CreatedOperatorToken(OperatorTokenSummary Token, string Secret);

/// <summary>A fork of a run.</summary>
public sealed record ForkRequest
{
    /// <summary>Committed round to begin from, from 1; absent: the newest.</summary>
    public int? FromRound { get; init; }

    /// <summary>The new run's spec; absent: that of the old run.</summary>
    public System.Text.Json.Nodes.JsonObject? Spec { get; init; }

    /// <summary>Settings that differ, each as <c>rounds.count=5</c>.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];
}
