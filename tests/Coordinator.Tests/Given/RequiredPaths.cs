using System.Collections;
using System.Reflection;

namespace EdgeFlora.Coordinator.Tests.Given;

/// <summary>Where in a message a reference stands that its type says is never null.</summary>
internal static class RequiredPaths
{
    /// <summary>Paths of names and indices, joined by dots. Members that are null, and empty lists, hide what is below them.</summary>
    public static IEnumerable<string> Of(object message) => Below(message, "", new NullabilityInfoContext());

    private static IEnumerable<string> Below(object value, string prefix, NullabilityInfoContext nullability) => value
        .GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.CanWrite && !property.PropertyType.IsValueType)
        .SelectMany(property =>
        {
            string path = prefix + property.Name;
            NullabilityInfo info = nullability.Create(property);
            string[] self = info.WriteState == NullabilityState.NotNull ? [path] : [];
            IEnumerable<string> deeper = property.GetValue(value) switch
            {
                null or string => [],
                IReadOnlyDictionary<string, string> map => map.Keys.Select(key => $"{path}.{key}"),
                IEnumerable list => list.Cast<object>().SelectMany((item, index) => Items(item, $"{path}.{index}", nullability)),
                { } part => Below(part, path + ".", nullability),
            };
            return self.Concat(deeper);
        });

    private static IEnumerable<string> Items(object item, string path, NullabilityInfoContext nullability) => item switch
    {
        ValueType => [],
        string => [path],
        _ => Below(item, path + ".", nullability).Prepend(path),
    };
}
