//! The kinds of resources, and the methods that each takes (contract, section 1).

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The objects of a bucket: `…/buckets/{bucketID}/objects`.
    Objects,
}

/// What a method does with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Create an object in a bucket.
    CreateObject,
}

impl Kind {
    /// The one table of resources and methods, which routing, `Allow` and preflights read. Every resource also takes
    /// `OPTIONS`.
    pub const fn methods(self) -> &'static [(&'static str, Action)] {
        match self {
            Self::Objects => &[("POST", Action::CreateObject)],
        }
    }

    /// What a resource of this kind takes, in a sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Objects => "An object collection takes POST, which creates an object, and OPTIONS.",
        }
    }

    /// The methods as `Allow` and `Access-Control-Allow-Methods` list them.
    pub fn allowed_methods(self) -> String {
        let methods = self.methods().iter().map(|(method, _)| *method);
        std::iter::once("OPTIONS").chain(methods).collect::<Vec<_>>().join(", ")
    }
}
