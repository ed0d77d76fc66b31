using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Specs.Documents;

/// <summary>A text is no document that can be read as a spec at all.</summary>
internal sealed class SpecSyntaxException : Exception
{
    public SpecSyntaxException()
    {
    }

    public SpecSyntaxException(string message)
        : base(message)
    {
    }

    public SpecSyntaxException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public SpecSyntaxException(SpecPlace place, string message, Exception? innerException = null)
        : base(message, innerException) => Mistake = place.Mistake("", null, message);

    public SpecMistake Mistake { get; } = new(null, null, null, "", null, "the spec cannot be read");
}
