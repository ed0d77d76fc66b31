using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace EdgeFlora.Architecture.Tests.Reference;

/// <summary>What comments in the code say of its members, as plain text.</summary>
internal sealed partial class CodeComments
{
    private readonly Dictionary<string, XElement> members;

    /// <param name="assembly">Whose documentation file lies beside the tests.</param>
    public CodeComments(string assembly) => members = XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"{assembly}.xml"))
        .Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    /// <exception cref="KeyNotFoundException">The member has no comment.</exception>
    public string Of(Type type, string field)
    {
        XElement summary = members[$"F:{type.FullName}.{field}"].Element("summary")!;
        foreach (XElement reference in summary.Descendants("see").ToArray())
        {
            reference.ReplaceWith(reference.Attribute("cref")!.Value.Split('.')[^1]);
        }

        return Spaces().Replace(summary.Value.Trim(), " ");
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
