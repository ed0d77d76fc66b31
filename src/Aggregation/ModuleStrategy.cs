using System.IO.Enumeration;

namespace EdgeFlora.Aggregation;

/// <summary>A strategy for the modules whose name fits a pattern.</summary>
/// <param name="Pattern">A module's whole name, where <c>*</c> stands for any characters and <c>?</c> for one: <c>*.value</c>.</param>
/// <param name="Strategy">A name of the registry.</param>
public sealed record ModuleStrategy(string Pattern, string Strategy)
{
    public bool Matches(string module) => FileSystemName.MatchesSimpleExpression(Pattern, module, ignoreCase: false);
}
