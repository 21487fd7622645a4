//! Header fields of a request, by lower-case name.

/// Header fields in the order in which they came. Names are compared without regard to case.
#[derive(Clone, Default)]
pub struct Headers(Vec<(String, Vec<String>)>);

impl Headers {
    /// Adds a value to the field `name`.
    pub fn push(&mut self, mut name: String, value: String) {
        name.make_ascii_lowercase();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => self.0.push((name, vec![value])),
        }
    }

    /// All values of the field `name`, which is given in lower case.
    pub fn values(&self, name: &str) -> &[String] {
        self.0.iter().find(|(known, _)| known == name).map_or(&[], |(_, values)| values)
    }

    /// The first value of the field `name`, which is given in lower case.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.values(name).first().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_values_keep_their_order() {
        let mut headers = Headers::default();
        for (name, value) in [("Host", "a"), ("hOST", "b"), ("X-Hosts", "c")] {
            headers.push(name.to_owned(), value.to_owned());
        }
        assert_eq!(headers.values("host"), ["a", "b"]);
        assert_eq!(headers.first("host"), Some("a"));
        assert_eq!(headers.values("x-hosts"), ["c"]);
        assert!(headers.values("hosts").is_empty() && headers.first("hosts").is_none());
    }
}
